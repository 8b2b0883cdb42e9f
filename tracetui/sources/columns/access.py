"""Functions that fetch a field's value from a row, compiled once for a mapping."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from msgspec import Raw

from tracetui.model import Json
from tracetui.sources.columns.mapping import Column, Mapping, Path
from tracetui.sources.columns.values import Row, is_empty, peeked, plain_value, text_of

Get: TypeAlias = Callable[[Row], Json]
"""A row → the value of one field as plain JSON, None where there is none."""


def getter(mapping: Mapping, field: str) -> Get:
    """The value of a field: of the first of its columns that has one."""
    return first_of([at_path(column.path) for column in mapping.fields.get(field, ())])


def first_of(gets: list[Get]) -> Get:
    """The first value that is not None."""
    if not gets:
        return _nothing
    if len(gets) == 1:
        return gets[0]

    def get(row: Row) -> Json:
        for one in gets:
            value = one(row)
            if value is not None and value != "":
                return value
        return None

    return get


def _nothing(_: Row) -> Json:
    return None


def at_path(path: Path) -> Get:
    """The value at one place of a row."""
    name = path[0]
    if len(path) > 1:
        within = raw_at(path)
        return lambda row: plain_value(within(row))

    def get(row: Row) -> Json:
        value = row.get(name)
        if type(value) is Raw or type(value) is bytes:
            value = row[name] = plain_value(value)
        return value

    return get


def raw_at(path: Path) -> Callable[[Row], Any]:
    """As `at_path`, but Raw stays Raw. What was looked into stays open in the row, for the next field."""
    name, *rest = path

    def get(row: Row) -> Any:
        value = row.get(name)
        if value is None or not rest:
            return value
        holder: Any = row
        place: Any = name
        for key in rest:
            if not isinstance(value, dict | list):
                value = holder[place] = peeked(value)
            if isinstance(value, dict):
                holder, place, value = value, key, value.get(key)
            elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
                holder, place, value = value, int(key), value[int(key)]
            else:
                return None
            if value is None:
                return None
        return value

    return get


def raw_getter(mapping: Mapping, field: str) -> Callable[[Row], Any]:
    """The value of a field that may be large, unread: of the first column in which something was recorded."""
    gets = [raw_at(column.path) for column in mapping.fields.get(field, ())]

    def get(row: Row) -> Any:
        for one in gets:
            value = one(row)
            if not is_empty(value):
                return value
        return None

    return get


def text_getter(mapping: Mapping, field: str) -> Callable[[Row], str | None]:
    """The value of a field as text."""
    columns = mapping.fields.get(field, ())
    if not columns:
        return _no_text
    get = getter(mapping, field)
    if len(columns) == 1 and len(columns[0].path) == 1:
        return _text_in(columns[0].path[0], get)

    def text(row: Row) -> str | None:
        value = get(row)
        return value if type(value) is str and 0 < len(value) < 1000 else text_of(value)

    return text


def _no_text(_: Row) -> None:
    return None


def _text_in(name: str, get: Get) -> Callable[[Row], str | None]:
    """The text of one column, which mostly is a short text already."""

    def text(row: Row) -> str | None:
        value = row.get(name)
        if type(value) is str and 0 < len(value) < 1000:
            return value
        return None if value is None else text_of(get(row))

    return text


def id_getter(mapping: Mapping, field: str) -> Callable[[Row], str | None]:
    """An id as text; a bare number of a column that names its table becomes `table:number`."""
    columns = mapping.fields.get(field, ())
    if not columns:
        return _no_text
    if len(columns) == 1 and len(columns[0].path) == 1 and columns[0].table is None:
        told, get = _id_text(columns[0]), at_path(columns[0].path)
        return _text_in(columns[0].path[0], lambda row: told(get(row)))
    readers = [(at_path(column.path), _id_text(column)) for column in columns]

    def text(row: Row) -> str | None:
        for get, told in readers:
            found = told(get(row))
            if found is not None:
                return found
        return None

    return text


def _id_text(column: Column) -> Callable[[Json], str | None]:
    table = column.table

    def told(value: Json) -> str | None:
        if isinstance(value, dict):
            value = next((value[key] for key in ("id", "uuid", "name", "email") if value.get(key) is not None), value)
        text = text_of(value)
        return f"{table}:{text}" if table is not None and text is not None and text.isdecimal() else text

    return told
