"""Ten thousand brackets in a file of settings are a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tracetui.config import load_config
from tracetui.errors import WrongUse
from tracetui.pricing.own import load_own_prices
from tracetui.sources.columns.toml import read_mappings

READERS = [load_config, load_own_prices, read_mappings]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("text", ["x = " + "[" * 10_000 + "]" * 10_000, "x = " + "{a = " * 10_000 + "1" + "}" * 10_000])
def test_settings_that_are_nested_without_end_are_refused(
    read: Callable[[Path], Any], text: str, tmp_path: Path
) -> None:
    path = tmp_path / "deep.toml"
    path.write_text(text)
    with pytest.raises(WrongUse, match=r"deep\.toml: is nested too deeply to be read"):
        read(path)


@pytest.mark.parametrize("read", READERS)
def test_a_number_of_five_thousand_digits_in_settings_is_refused(read: Callable[[Path], Any], tmp_path: Path) -> None:
    path = tmp_path / "long.toml"
    path.write_text(f"x = {'1' * 5_000}\n")
    with pytest.raises(WrongUse, match=r"long\.toml: is not valid TOML: "):
        read(path)
