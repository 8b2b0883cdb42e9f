"""Weave's CSV has a column for each leaf, `summary.usage.<model>.prompt_tokens`: dotted names → nested objects.

Names of models hold dots and dashes, so they are what stands between the known beginning and the known last part.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tracetui.model import Json

Row = dict[str, Json]

_BY_MODEL = re.compile(
    r"(summary\.usage|summary\.weave\.costs)\.(.+?)\.((?:[a-z_]+_details\.|cache_creation\.)?[a-zA-Z_]\w*)"
)


@lru_cache(maxsize=8192)
def path_of(name: str) -> tuple[str, ...]:
    """The steps from the top of the object to the value of a column."""
    found = _BY_MODEL.fullmatch(name)
    if found is None:
        return tuple(name.split("."))
    return (*found[1].split("."), found[2], *found[3].split("."))


def nested(row: Json) -> Json:
    """A row of dotted columns as the object that it was. Where a value stands in the way of others, they win."""
    if not isinstance(row, dict):
        return row
    whole: Row = {}
    for name, item in row.items():
        *above, last = path_of(name)
        place = whole
        for step in above:
            inner = place.get(step)
            if not isinstance(inner, dict):
                inner = place[step] = {}
            place = inner
        if not isinstance(place.get(last), dict) or isinstance(item, dict):
            place[last] = item
    return whole
