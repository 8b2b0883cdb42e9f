"""What could be typed at the cursor: fields, operators, values, flags and scopes, all from the table of fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from tracetui.query.fields import ATTRIBUTE, FIELDS, FLAGS, SCOPES, Field, Type, find_field
from tracetui.query.lexer import Item, Lexeme, quote, split_field, split_lexemes

Observed = Callable[[str, str], list[tuple[str, int]]]
"""Values seen, with how often. Called with what and a prefix: a field (`model`), a field with its key (`score.helpful`,
`metadata.tier`, `@http.status_code`); or `score`, `metadata`, `@` for the keys themselves."""

MOST = 50

_COMPARISONS = {">": "more than", ">=": "at least", "<": "less than", "<=": "at most"}
_NUMERIC: frozenset[Type] = frozenset({"number", "tokens", "money", "duration"})
_UNITS: dict[Type, dict[str, str]] = {
    "duration": {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours"},
    "tokens": {"k": "thousand", "M": "million"},
    "time": {"m": "minutes ago", "h": "hours ago", "d": "days ago", "w": "weeks ago"},
}
_MOMENTS = {
    "15m": "15 minutes ago", "1h": "an hour ago", "24h": "24 hours ago", "7d": "a week ago",
    "today": "since midnight", "yesterday": "the day before",
}  # fmt: skip
_NEEDS_QUOTES = re.compile(r'[\s"(),*]|\.\.|^[/<>=]|^$')
_KEY_NEEDS_QUOTES = re.compile(r'[\s"():<>=,]|^$')
_HEAD = re.compile(r'[^\s"():<>=,]*')
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


class Completion(Struct, frozen=True):
    """One proposal: put `text` in place of the characters from `start` to `end`. `label` is what a list shows, `detail`
    what it means or how often it was seen."""

    text: str
    start: int
    end: int
    label: str
    detail: str = ""


class _Spot(Struct, frozen=True):
    """What is being typed: the characters that a proposal replaces, what of them stands before the cursor, and the
    character after them."""

    start: int
    end: int
    typed: str
    after: str = ""

    def offer(self, text: str, label: str, detail: str = "") -> Completion:
        """A proposal here; a colon or parenthesis that it ends with and that stands there already is not doubled."""
        is_there = self.after in (":", "(") and text.endswith(self.after)
        return Completion(text, self.start, self.end + is_there, label, detail)


def _nothing_observed(what: str, prefix: str) -> list[tuple[str, int]]:
    return []


def complete(text: str, cursor: int, observed: Observed = _nothing_observed) -> list[Completion]:
    """Proposals for the token at the cursor, the likely ones first. Never fails, whatever the text."""
    cursor = max(0, min(cursor, len(text)))
    lexeme = next((one for one in reversed(list(split_lexemes(text[:cursor]))) if one.end == cursor), None)
    if lexeme is None or lexeme.kind in ("(", ")", "-", "scope"):
        proposals = _terms(_Spot(cursor, cursor, ""))
    elif lexeme.kind != "term":
        proposals = _terms(_Spot(lexeme.start, cursor, text[lexeme.start : cursor]))
    elif lexeme.operator:
        proposals = _values_of(lexeme, text, cursor, observed)
    else:
        proposals = _heads(lexeme, text, cursor, observed)
    return list(proposals)[:MOST]


def _heads(lexeme: Lexeme, text: str, cursor: int, observed: Observed) -> Iterator[Completion]:
    """A field, a key after a dot, or a scope, while no operator is typed."""
    name, key, _ = split_field(text[:cursor], lexeme.start)
    field = ATTRIBUTE if name == "@" else find_field(name)
    is_plain = all(item.is_bare for item in lexeme.items)
    if field and key is not None and field.key != "none":
        start = lexeme.start + len(name) + (name != "@")
        typed = "".join(piece.text for piece in key)
        yield from _keys(field, _head_spot(start, text, cursor, typed), observed)
    elif is_plain:
        yield from _terms(_head_spot(lexeme.start, text, cursor, text[lexeme.start : cursor]))


def _head_spot(start: int, text: str, cursor: int, typed: str) -> _Spot:
    """The word under the cursor, to its end."""
    found = _HEAD.match(text, cursor)
    end = found.end() if found else cursor
    return _Spot(start, end, typed, text[end : end + 1])


def _terms(spot: _Spot) -> Iterator[Completion]:
    """Everything that can begin a term."""
    offers = [(field.name, _field_text(field), field.help, field.aliases) for field in FIELDS]
    offers += [("is", "is:", "a flag", ()), ("has", "has:", "a field is recorded", ())]
    offers += [("@", "@", ATTRIBUTE.help, ())]
    offers += [(f"{name}(…)", f"{name}(", detail, ()) for name, detail in SCOPES.items()]
    typed = spot.typed.lower()
    ranked = [(rank, offer) for offer in offers if (rank := _rank(typed, (offer[0], *offer[3]))) is not None]
    for _, (label, insert, detail, _aliases) in sorted(ranked, key=lambda pair: pair[0]):
        if spot.typed != insert:
            yield spot.offer(insert, label, detail)


def _field_text(field: Field) -> str:
    return f"{field.name}." if field.key != "none" else f"{field.name}:"


def _rank(typed: str, names: Iterable[str]) -> int | None:
    """0 where the first name begins so, 1 another name, 2 where it is within the first; None where nothing fits."""
    first, *others = (name.lower() for name in names)
    if first.startswith(typed):
        return 0
    if any(other.startswith(typed) for other in others):
        return 1
    return 2 if typed in first else None


def _keys(field: Field, spot: _Spot, observed: Observed) -> Iterator[Completion]:
    """Keys that were seen: names of scores, keys of metadata, paths of attributes."""
    for key, count in _ranked(observed(field.name, spot.typed), spot.typed):
        needs_quotes = _KEY_NEEDS_QUOTES.search(key) or (field.key == "path" and "." in key)
        yield spot.offer(f"{quote(key) if needs_quotes else key}:", key, _seen(count))


def _values_of(lexeme: Lexeme, text: str, cursor: int, observed: Observed) -> Iterator[Completion]:
    """Values after an operator."""
    item = lexeme.items[-1] if lexeme.items else Item(cursor, cursor)
    if item.is_regex:
        return
    spot = _Spot(item.start, _end_of_item(text, item), item.text)
    name = lexeme.name.lower()
    if name == "is":
        yield from _choices(spot, {flag.name: flag.help for flag in FLAGS})
    elif name == "has":
        yield from _choices(spot, {field.name: field.help for field in FIELDS if field.type != "payload"})
    else:
        field = ATTRIBUTE if name == "@" else find_field(name)
        if field:
            yield from _values(field, lexeme, spot, item.is_bare, observed)


def _end_of_item(text: str, item: Item) -> int:
    """Where the value ends of which the part before the cursor is `item`, quotes included."""
    for lexeme in split_lexemes(text):
        for whole in lexeme.items:
            if whole.start == item.start and not whole.is_open:
                return max(item.end, whole.end)
    return item.end


def _values(field: Field, lexeme: Lexeme, spot: _Spot, is_bare: bool, observed: Observed) -> Iterator[Completion]:
    """What fits the type of a field: its values, values seen, operators, units."""
    if field.type == "enum":
        yield from _choices(spot, dict.fromkeys(field.values, ""))
    if field.type in ("text", "id", "mixed"):
        key = "".join(piece.text for piece in lexeme.key or ())
        what = f"@{key}" if field.name == "@" else f"{field.name}.{key}" if key else field.name
        for value, count in _ranked(observed(what, spot.typed), spot.typed):
            needs_quotes = not is_bare or _NEEDS_QUOTES.search(value)
            yield spot.offer(quote(value) if needs_quotes else value, value, _seen(count))
    if field.type == "time" and not _NUMBER.fullmatch(spot.typed):
        yield from _choices(spot, _MOMENTS)
    if _NUMBER.fullmatch(spot.typed):
        yield from _choices(spot, {spot.typed + unit: name for unit, name in _UNITS.get(field.type, {}).items()})
    if not spot.typed and lexeme.operator == ":" and (field.type in _NUMERIC or field.type == "mixed"):
        yield from _choices(spot, _COMPARISONS)


def _choices(spot: _Spot, choices: dict[str, str]) -> Iterator[Completion]:
    """Fixed words, those that begin as typed before those that hold it."""
    ranked = [(rank, name) for name in choices if (rank := _rank(spot.typed.lower(), (name,))) is not None]
    for _, name in sorted(ranked, key=lambda pair: pair[0]):
        yield spot.offer(name, name, choices[name])


def _ranked(seen: list[tuple[str, int]], typed: str) -> list[tuple[str, int]]:
    """Values that begin as typed before the others, else in the order in which they came."""
    return sorted(seen, key=lambda pair: not pair[0].lower().startswith(typed.lower()))


def _seen(count: int) -> str:
    return f"{count:,}×"
