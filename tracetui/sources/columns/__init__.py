"""The language in which columns of hand-rolled tables and logs are mapped to spans.

`guess_mapping` looks at names and sample rows, `mapping_toml` and `read_mappings` let the user see and change the
result, `compile_mapping` makes of it what reads the rows. docs/formats/handrolled.md explains it to users.
"""

from __future__ import annotations

from tracetui.sources.columns.families import Families
from tracetui.sources.columns.guess import guess_mapping, is_about_calls, is_about_tools
from tracetui.sources.columns.learner import Learner
from tracetui.sources.columns.mapper import MappedRow, Mapper, compile_mapping
from tracetui.sources.columns.mapping import Column, Join, Mapping, is_for, laid_over, literal
from tracetui.sources.columns.payload import unfold
from tracetui.sources.columns.toml import mapping_toml, parse_mappings, read_mappings

__all__ = [
    "Column", "Families", "Join", "Learner", "MappedRow", "Mapper", "Mapping", "compile_mapping", "guess_mapping", "is_about_calls",
    "is_about_tools", "is_for", "laid_over", "literal", "mapping_toml", "parse_mappings", "read_mappings", "unfold",
]  # fmt: skip
