"""Whether the sample values of a column look like those of a field. A column without values fits by its name."""

from __future__ import annotations

from collections.abc import Callable

from tracetui.model import Json
from tracetui.semconv.names import plain
from tracetui.semconv.usage import count, usage_of
from tracetui.sources.columns.leaves import Leaf
from tracetui.sources.columns.synonyms import Field, Shape
from tracetui.sources.columns.times import duration_ns, epoch_ns
from tracetui.sources.columns.values import LONGEST, has_decimal_comma, number_of
from tracetui.sources.columns.words import PROVIDERS, VERDICTS, kind_of

_WORD_LENGTH = 60
_SETTINGS = frozenset({"temperature", "max_tokens", "top_p", "top_k", "stream", "seed", "max_output_tokens", "model"})


def fits(field: Field, leaf: Leaf) -> bool:
    """Whether at least half of the values have the field's shape, and none of its own doubts speaks against it."""
    values = list(leaf.values.values())
    if not values:
        return True
    doubt = _DOUBTS.get((field.name, leaf.name)) or _DOUBTS.get((field.name, ""))
    if doubt is not None and doubt(values):
        return False
    if field.shape == "money" and has_decimal_comma(values):
        return _mostly(values, lambda value: number_of(value, comma=True) is not None)
    return _mostly(values, _SHAPES[field.shape])


def _mostly(values: list[Json], test: Callable[[Json], bool]) -> bool:
    return 2 * sum(test(value) for value in values) >= len(values)


def _is_id(value: Json) -> bool:
    if isinstance(value, dict):
        return any(key in value for key in ("id", "name", "uuid", "email"))
    if isinstance(value, str):
        return len(value) <= LONGEST
    return type(value) is int or (isinstance(value, float) and value.is_integer())


def _is_text(value: Json) -> bool:
    return not isinstance(value, float)


def _is_kind(value: Json) -> bool:
    return isinstance(value, str) and len(value) <= _WORD_LENGTH and kind_of(value) is not None


def _is_time(value: Json) -> bool:
    return epoch_ns(value) is not None


def _is_duration(value: Json) -> bool:
    return not isinstance(value, bool) and duration_ns(value, "ms") is not None


def _is_flag(value: Json) -> bool:
    return isinstance(value, bool | int) or (isinstance(value, str) and len(value) <= _WORD_LENGTH)


def _is_payload(value: Json) -> bool:
    return isinstance(value, str | dict | list)


_SHAPES: dict[Shape, Callable[[Json], bool]] = {
    "id": _is_id,
    "text": _is_text,
    "word": _is_kind,
    "time": _is_time,
    "duration": _is_duration,
    "moment": lambda value: _is_duration(value) or _is_time(value),
    "flag": _is_flag,
    "count": lambda value: count(value) is not None,
    "usage": lambda value: isinstance(value, dict) and usage_of(value) is not None,
    "money": lambda value: number_of(value) is not None and not isinstance(value, bool),
    "payload": _is_payload,
    "calls": lambda value: isinstance(value, list | dict),
    "object": lambda value: isinstance(value, dict),
    "tags": lambda value: isinstance(value, list | str | dict),
    "any": lambda _: True,
}


def is_provider_name(value: Json) -> bool:
    """Whether a value is the name of a provider, not a prompt."""
    return isinstance(value, str) and len(value) <= _WORD_LENGTH and plain(value).strip("_") in PROVIDERS


def is_verdict(value: Json) -> bool:
    """Whether a value is a rating: a number, a boolean, or a word such as `good`."""
    if isinstance(value, str):
        return value.strip().lower().replace(" ", "_") in VERDICTS or number_of(value) is not None
    return isinstance(value, bool | int | float)


def _no_providers(values: list[Json]) -> bool:
    return not _mostly(values, is_provider_name)


def _all_providers(values: list[Json]) -> bool:
    return _mostly(values, is_provider_name)


def _all_verdicts(values: list[Json]) -> bool:
    return _mostly(values, is_verdict)


def _no_names(values: list[Json]) -> bool:
    return not _mostly(values, lambda value: isinstance(value, str | dict) and number_of(value) is None)


def _no_short_text(values: list[Json]) -> bool:
    return not _mostly(values, lambda value: isinstance(value, str | dict))


def _are_settings(values: list[Json]) -> bool:
    """Whether `params` holds the settings of model calls rather than the arguments of tools."""
    return _mostly(values, lambda value: isinstance(value, dict) and not _SETTINGS.isdisjoint(value))


def _no_messages(values: list[Json]) -> bool:
    """Whether `message` is a line of a log rather than what a model said."""
    return not _mostly(values, lambda value: isinstance(value, dict) and "content" in value and "role" in value)


_DOUBTS: dict[tuple[str, str], Callable[[list[Json]], bool]] = {
    ("provider", "system"): _no_providers,
    ("provider", "api"): _no_providers,
    ("provider", "backend"): _no_providers,
    ("provider", ""): _no_short_text,
    ("system", ""): _all_providers,
    ("name", "label"): _all_verdicts,
    ("name", ""): _no_names,
    ("model", ""): _no_names,
    ("feature", ""): _no_short_text,
    ("tool_name", ""): _no_short_text,
    ("tool_arguments", ""): _are_settings,
    ("comment", ""): _no_short_text,
    ("output", "message"): _no_messages,
}
"""(field, column) → what in the values says that the column is something else after all."""
