"""Mappings as TOML: written ready to edit, read back with every unknown word refused and the nearest one named."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from collections.abc import Mapping as Dictionary
from difflib import get_close_matches
from pathlib import Path as FilePath
from typing import Any

from tracetui.errors import WrongUse
from tracetui.model import KINDS
from tracetui.sources.columns.mapping import UNITS, Column, Join, Mapping, Path
from tracetui.sources.columns.synonyms import FIELDS

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_CONTROL = re.compile(r'[\x00-\x1f\x7f"\\]')
_SEGMENT = re.compile(r'"((?:[^"\\]|\\.)*)"|([^."\\][^.]*)')
_KEYS = ("match", "format", "usage", "kind", "fields", "scores", "join")
_FORMATS = ("", "jsonl", "sqlite-table")
_COLUMN_KEYS = ("path", "unit", "table", "comma")
_JOIN_KEYS = ("table", "column", "key")
FIELD_NAMES: tuple[str, ...] = tuple(field.name for field in FIELDS)


def mapping_toml(mapping: Mapping) -> str:
    """A mapping as a `[[mapping]]` table, its notes as comments."""
    lines = ["[[mapping]]", f"match = {_text(mapping.match)}"]
    lines += [f"{key} = {_text(value)}" for key in ("format", "usage", "kind") if (value := getattr(mapping, key))]
    lines += [f"# {_comment(note)}" for note in mapping.notes]
    if mapping.unused:
        lines.append(f"# into the metadata: {_comment(', '.join(mapping.unused))}")
    lines += ["", "[mapping.fields]"]
    ordered = sorted(mapping.fields, key=FIELD_NAMES.index)
    lines += [f"{field} = {_columns(mapping.fields[field])}" for field in ordered]
    if mapping.scores:
        lines += ["", "[mapping.scores]"]
        lines += [f"{_key(name)} = {_column(column)}" for name, column in mapping.scores.items()]
    for join in mapping.joins:
        lines += ["", "[[mapping.join]]"]
        lines += [f"{key} = {_text(getattr(join, key))}" for key in _JOIN_KEYS]
    return "\n".join(lines) + "\n"


def path_text(path: Path) -> str:
    """A path as `column.key`; a part that holds a dot or a quote is in double quotes."""
    return ".".join(part if _is_simple(part) else _text(part) for part in path)


def _is_simple(part: str) -> bool:
    return bool(part) and part == part.strip() and not _CONTROL.search(part) and "." not in part


def _columns(columns: tuple[Column, ...]) -> str:
    return _column(columns[0]) if len(columns) == 1 else f"[{', '.join(_column(column) for column in columns)}]"


def _column(column: Column) -> str:
    path = _text(path_text(column.path))
    extra = [f"{key} = {_text(value)}" for key in ("unit", "table") if (value := getattr(column, key))]
    extra += ["comma = true"] if column.comma else []
    return f"{{ {', '.join([f'path = {path}', *extra])} }}" if extra else path


def _text(value: str) -> str:
    escaped = _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}" if found[0] not in '"\\' else f"\\{found[0]}", value)
    return f'"{escaped}"'


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _comment(note: str) -> str:
    return _CONTROL.sub(lambda found: found[0] if found[0] in '"\\' else " ", note)


def read_mappings(path: FilePath) -> tuple[Mapping, ...]:
    """Read the `[[mapping]]` tables of a file (`--map`). Raises WrongUse in a sentence that names file and key."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise WrongUse(f"{path}: cannot be read ({error.strerror or error})") from error
    except UnicodeDecodeError as error:
        raise WrongUse(f"{path}: is not UTF-8 text, as TOML has to be") from error
    try:
        tables = tomllib.loads(text)
    except ValueError as error:
        raise WrongUse(f"{path}: is not valid TOML: {error}") from error
    except RecursionError:
        raise WrongUse(f"{path}: is nested too deeply to be read") from None
    _refuse_unknown(tables, ("mapping",), str(path), "key")
    found = tables.get("mapping")
    if not isinstance(found, list) or not found:
        raise WrongUse(f"{path}: has no [[mapping]]; `tracetui info SOURCE` prints one to begin with")
    return parse_mappings(found, str(path))


def parse_mappings(tables: Iterable[Any], place: str) -> tuple[Mapping, ...]:
    """Mappings from `[[mapping]]` tables, such as those of config.toml. `place` names them in errors (WrongUse)."""
    return tuple(_parse(table, f"{place}, mapping {number}") for number, table in enumerate(tables, 1))


def _parse(table: Any, place: str) -> Mapping:
    if not isinstance(table, dict):
        raise WrongUse(f"{place}: must be a table, [[mapping]]")
    _refuse_unknown(table, _KEYS, place, "key")
    fields = _table(table, "fields", place)
    _refuse_unknown(fields, FIELD_NAMES, f"{place}, fields", "field")
    usage, kind = _word(table, "usage", place), _word(table, "kind", place)
    _refuse_other(usage, ("inclusive", "exclusive"), f"{place}: usage")
    _refuse_other(kind, KINDS, f"{place}: kind")
    format = _word(table, "format", place) or ""
    _refuse_other(format, _FORMATS, f"{place}: format")
    scores = _table(table, "scores", place)
    return Mapping(
        match=_word(table, "match", place) or "*",
        format=format,
        fields={name: _parse_columns(value, f"{place}, field {name}") for name, value in fields.items()},
        scores={name: _parse_column(value, f"{place}, score {name}") for name, value in scores.items()},
        usage=usage,  # type: ignore[arg-type]
        kind=kind,
        joins=tuple(_parse_join(value, place) for value in table.get("join", [])),
    )


def _table(table: Dictionary[str, Any], key: str, place: str) -> dict[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise WrongUse(f"{place}: {key} must be a table")
    return value


def _word(table: Dictionary[str, Any], key: str, place: str) -> str | None:
    value = table.get(key)
    if value is not None and not isinstance(value, str):
        raise WrongUse(f"{place}: {key} must be text, in quotes")
    return value


def _parse_columns(value: Any, place: str) -> tuple[Column, ...]:
    if value == "":
        return ()
    return tuple(_parse_column(item, place) for item in (value if isinstance(value, list) else [value]))


def _parse_column(value: Any, place: str) -> Column:
    if isinstance(value, str):
        return Column(parse_path(value, place))
    if not isinstance(value, dict):
        raise WrongUse(f'{place}: must be "column" or {{ path = "column", unit = "ms" }}')
    _refuse_unknown(value, _COLUMN_KEYS, place, "key")
    path, unit, comma = _word(value, "path", place), _word(value, "unit", place), value.get("comma", False)
    if not path:
        raise WrongUse(f"{place}: path is missing")
    if not isinstance(comma, bool):
        raise WrongUse(f"{place}: comma must be true or false")
    _refuse_other(unit, UNITS, f"{place}: unit")
    return Column(parse_path(path, place), unit, _word(value, "table", place), comma)


def _parse_join(value: Any, place: str) -> Join:
    if not isinstance(value, dict):
        raise WrongUse(f"{place}: must be a table, [[mapping.join]]")
    _refuse_unknown(value, _JOIN_KEYS, f"{place}, join", "key")
    words = [_word(value, key, f"{place}, join") for key in _JOIN_KEYS]
    missing = [key for key, word in zip(_JOIN_KEYS, words, strict=True) if not word]
    if missing:
        raise WrongUse(f"{place}, join: {missing[0]} is missing")
    return Join(*(word or "" for word in words))


def parse_path(text: str, place: str) -> Path:
    """The path in `column.key` or `"a.b".key`. Raises WrongUse."""
    parts: list[str] = []
    position = 0
    while True:
        found = _SEGMENT.match(text, position)
        if found is None:
            raise WrongUse(f'{place}: "{text}" is no path; write column.key, and "a.b" in quotes for a name with a dot')
        quoted, plain = found.groups()
        parts.append(_unescaped(quoted) if quoted is not None else plain)
        position = found.end()
        if position == len(text):
            return tuple(parts)
        if text[position] != ".":
            raise WrongUse(f'{place}: "{text}" is no path; a dot is missing after a quote')
        position += 1


def _unescaped(text: str) -> str:
    return re.sub(
        r"\\(?:u([0-9a-f]{4})|(.))",
        lambda found: chr(int(found[1], 16)) if found[1] else found[2],
        text,
        flags=re.DOTALL,
    )


def _refuse_unknown(table: Dictionary[str, Any], known: tuple[str, ...], place: str, what: str) -> None:
    for key in table:
        if key not in known:
            raise WrongUse(f'{place}: unknown {what} "{key}"{_hint(key, known)}')


def _refuse_other(word: str | None, known: tuple[str, ...], place: str) -> None:
    if word is not None and word not in known:
        raise WrongUse(f'{place} cannot be "{word}"{_hint(word, known)}')


def _hint(word: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(word, known, 1, 0.5)
    return f"; did you mean {near[0]}?" if near else f"; known are {', '.join(name for name in known if name)}"
