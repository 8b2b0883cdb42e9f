"""Any value through the rules: JSON with its keys, JSON within text, numbers, and the Structs that hold them.

What did not change is the same object afterwards, so that nothing is built for the many values without a finding.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from tracetui.model import Json
from tracetui.redaction.keys import About, about
from tracetui.redaction.numbers import CARD_MARK, is_card
from tracetui.redaction.people import digits_of, is_ssn
from tracetui.redaction.rules import MARK
from tracetui.redaction.scan import Count, Rules, scan
from tracetui.redaction.secrets import SECRET_MARK

Value = TypeVar("Value")
Path = tuple[str, ...]
RulesAt = Callable[[Path, About], Rules]
"""The rules for a value, by the path of keys to it and by what the last key says."""

KEPT: frozenset[str] = frozenset(
    {
        "trace_id", "span_id", "parent_id", "root_id", "id", "call_id", "score_id", "response_id", "trace_ids", "kind", "status",
        "role", "source", "protocol", "stamp", "model", "models", "provider", "finish_reason", "service_tier",
        "prompt_version", "origin", "media", "media_type", "data",
    }
)  # fmt: skip
"""Fields of our Structs that are left as they are: ids, by which things find each other; names of models and providers,
by which they are priced; words that are ours; and the bytes of images, sounds and files."""

_MEASURES = ("_ns", "_usd", "_tokens")
_DEEPEST = 200
_TOO_DEEP = "[TOO_DEEP]"
_SMALLEST_CARD = 10**12
_DATA_URI = re.compile(r"data:[\w.+-]+/[\w.+-]+(?:;[\w=.-]+)*;base64,[A-Za-z0-9+/=_\s-]*\Z")
_PHONE = re.compile(r"\+?[\d ().\-\u00a0]{7,24}\Z")
_OTLP_VALUES = frozenset(
    {"stringValue", "intValue", "doubleValue", "arrayValue", "kvlistValue", "values", "string_value", "int_value"}
)


class Walk:
    """One pass over values with some rules; `count` hears what was found."""

    def __init__(self, rules_at: RulesAt, count: Count, *, wants_paths: bool = False) -> None:
        self._rules_at = rules_at
        self._count = count
        self._wants_paths = wants_paths

    def value(self, value: Value) -> Value:
        """The value without what the rules find."""
        return self._any(value, (), "", 0)  # type: ignore[no-any-return]

    def _any(self, value: Any, path: Path, key: str, depth: int) -> Any:
        if isinstance(value, str):
            return self._text(value, path, key, depth)
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | float):
            return self._number(value, key) if path or key else value
        if depth > _DEEPEST:
            self._count("too_deep", 1)
            return _TOO_DEEP
        if isinstance(value, dict):
            return self._object(value, path, key, depth + 1)
        if isinstance(value, list | tuple):
            return self._list(value, path, key, depth + 1)
        if isinstance(value, Struct):
            return self._struct(value, path, depth + 1)
        return value

    def _struct(self, value: Struct, path: Path, depth: int) -> Struct:
        changes: dict[str, Any] = {}
        for name in value.__struct_fields__:
            field = getattr(value, name)
            if name in KEPT or name.endswith(_MEASURES) or not isinstance(field, str | dict | list | tuple | Struct):
                continue
            if (new := self._any(field, self._step(path, name), name, depth)) is not field:
                changes[name] = new
        return msgspec.structs.replace(value, **changes) if changes else value

    def _list(self, value: list[Any] | tuple[Any, ...], path: Path, key: str, depth: int) -> Any:
        new = [self._any(item, path, key, depth) for item in value]
        if all(one is other for one, other in zip(new, value, strict=True)):
            return value
        return tuple(new) if isinstance(value, tuple) else new

    def _object(self, value: dict[Any, Any], path: Path, key: str, depth: int) -> Any:
        told = value.get("key")
        if len(value) == 2 and isinstance(told, str) and "value" in value:  # an attribute of OTLP
            inner = self._any(value["value"], self._step(path, told), told, depth)
            name = self._key(told, path, depth)
            return value if inner is value["value"] and name is told else {"key": name, "value": inner}
        new: dict[Any, Any] = {}
        is_changed = False
        for each, item in value.items():
            is_value = each in _OTLP_VALUES
            name = each if is_value or not isinstance(each, str) else self._key(each, path, depth)
            inner = self._any(
                item, path if is_value else self._step(path, str(each)), key if is_value else str(each), depth
            )
            is_changed = is_changed or inner is not item or name is not each
            if is_value and isinstance(inner, str) and inner != item and name != "string_value":
                name = "stringValue"
            new[_unused(name, new)] = inner
        return new if is_changed else value

    def _key(self, key: str, path: Path, depth: int) -> str:
        """A key through the rules that are not for sentences; most are short names of attributes."""
        if len(key) < 6:
            return key
        return scan(key, self._rules_at(path, "key"), self._count)

    def _number(self, value: float, key: str) -> Any:
        told = about(key)
        is_whole = isinstance(value, int) or (abs(value) < 1e16 and value == int(value))
        digits = str(abs(int(value))) if is_whole else ""
        if told == "secret" and isinstance(value, int):
            return self._marked("password", SECRET_MARK)
        if told == "phone" and 7 <= len(digits) <= 15:
            return self._marked("phone", "[PHONE]")
        if told == "ssn" and is_ssn(digits.zfill(9)):
            return self._marked("ssn", "[SSN]")
        if told == "card" and 3 <= len(digits) <= 19:
            return self._marked("card", CARD_MARK)
        if told != "id" and value > _SMALLEST_CARD and is_card(digits):
            return self._marked("card", CARD_MARK)
        return value

    def _marked(self, name: str, mark: str) -> str:
        self._count(name, 1)
        return mark

    def _text(self, text: str, path: Path, key: str, depth: int) -> str:
        if not text or (text.startswith("data:") and _DATA_URI.match(text)):
            return text
        head = text[:64].lstrip()[:1]
        if head in ("{", "[") and depth < _DEEPEST and (parsed := _parse(text)) is not None:
            new = self._any(parsed, path, key, depth)
            return text if new is parsed else _dump(new, text)
        told = about(key) if key else ""
        if told in ("secret", "phone", "ssn", "card") and (marked := self._under(told, text)) is not None:
            return marked
        return scan(text, self._rules_at(path, told), self._count)

    def _under(self, told: About, text: str) -> str | None:
        """The mark of a text that its key gives away; None where the rules have to look for themselves."""
        if MARK.search(text):
            return None
        digits = digits_of(text)
        if told == "secret":
            return self._marked("password", SECRET_MARK)
        if told == "phone" and _PHONE.match(text) and 7 <= len(digits) <= 15:
            return self._marked("phone", "[PHONE]")
        if told == "ssn" and is_ssn(text):
            return self._marked("ssn", "[SSN]")
        if told == "card" and text.replace(" ", "").replace("-", "").isdecimal() and 3 <= len(digits) <= 19:
            return self._marked("card", CARD_MARK)
        return None

    def _step(self, path: Path, name: str) -> Path:
        return (*path, name) if self._wants_paths else _SOMEWHERE


_SOMEWHERE: Path = ("",)


def _unused(name: Any, taken: dict[Any, Any]) -> Any:
    """Two keys that became the same mark stay two."""
    if name not in taken:
        return name
    number = 2
    while f"{name} {number}" in taken:
        number += 1
    return f"{name} {number}"


def _parse(text: str) -> Json:
    """The object or list that a text is; None where it is none."""
    try:
        found = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return None
    return found if isinstance(found, dict | list) else None


def _dump(value: Json, like: str) -> str:
    """As JSON text; over several lines where the text was."""
    is_spread = "\n" in like.strip()
    separators = None if is_spread or '": ' in like else (",", ":")
    return json.dumps(value, ensure_ascii=False, indent=2 if is_spread else None, separators=separators)
