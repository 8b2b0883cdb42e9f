"""A mapping: which column of somebody's own table or log is which field, with what unit.

It is guessed (guess.py), shown as TOML ready to edit (toml.py), and read back from the user's file or configuration,
where it wins over the guess.
"""

from __future__ import annotations

from collections.abc import Collection
from fnmatch import fnmatchcase
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

Path: TypeAlias = tuple[str, ...]
"""Where a value lies in a row: a column, then keys (or digits: places in a list) within its JSON."""
Convention: TypeAlias = Literal["inclusive", "exclusive"]
"""Whether the input tokens include the cached ones."""

TIME_UNITS = ("s", "ms", "us", "ns")
DURATION_UNITS = ("s", "ms", "us", "ns", "min", "time")
"""`time`: the column holds the moment itself, not a duration (a time of the first token)."""
MONEY_UNITS: dict[str, float] = {
    "usd": 1.0,
    "cents": 1e-2,
    "millicents": 1e-5,
    "mills": 1e-3,
    "micros": 1e-6,
    "nanos": 1e-9,
}
UNITS: tuple[str, ...] = tuple(dict.fromkeys((*TIME_UNITS, *DURATION_UNITS, *MONEY_UNITS)))


class Column(Struct, frozen=True):
    """One place of a row that a field is read from.

    `unit` is needed where neither the value nor the name tells it. `table` says, for an id that is a bare number, the
    ids of which table it is one of. `comma` marks a decimal comma.
    """

    path: Path
    unit: str | None = None
    table: str | None = None
    comma: bool = False


class Join(Struct, frozen=True):
    """A header table of which each row belongs to many rows: `column` of this table is `key` of that `table`."""

    table: str
    column: str
    key: str


class Mapping(Struct, frozen=True):
    """How the rows of one table, or the lines of one file, are read.

    `match` is the table's name or a glob of file names. A field may have several columns: the first one with a value
    is taken. `scores` has the name of each score and its column. `kind` is that of rows that do not say their own.
    `notes` are sentences about assumptions, `unused` the columns that went into the metadata; both are comments only.
    """

    match: str = "*"
    format: str = ""
    fields: dict[str, tuple[Column, ...]] = {}
    scores: dict[str, Column] = {}
    usage: Convention | None = None
    kind: str | None = None
    joins: tuple[Join, ...] = ()
    notes: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()

    def has(self, *fields: str) -> bool:
        """Whether one of these fields has a column."""
        return any(self.fields.get(field) for field in fields)

    @property
    def columns(self) -> frozenset[str]:
        """The names of the columns that something is read from."""
        used = {column.path[0] for columns in self.fields.values() for column in columns}
        return frozenset(used | {column.path[0] for column in self.scores.values()})

    def narrowed(self, names: Collection[str]) -> Mapping:
        """The mapping without the columns that a row with these names does not have."""
        fields = {
            field: tuple(column for column in columns if column.path[0] in names)
            for field, columns in self.fields.items()
        }
        scores = {name: column for name, column in self.scores.items() if column.path[0] in names}
        return msgspec.structs.replace(self, fields=fields, scores=scores)

    @property
    def meaning(self) -> Mapping:
        """The mapping without its comments: two that are equal read every row alike."""
        return msgspec.structs.replace(self, notes=(), unused=())


def is_for(mapping: Mapping, name: str, format: str) -> bool:
    """Whether a mapping is meant for a table or a file of this name and format."""
    return mapping.format in ("", format) and (mapping.match == name or fnmatchcase(name, mapping.match))


def laid_over(user: Mapping, guess: Mapping) -> Mapping:
    """The guess with everything replaced that the user says. A field without columns is not read at all; a column
    that the user gave a meaning has no guessed one beside it."""
    taken = {column.path for columns in user.fields.values() for column in columns}
    taken |= {column.path for column in user.scores.values()}
    kept = {
        field: tuple(column for column in columns if column.path not in taken)
        for field, columns in guess.fields.items()
        if field not in user.fields
    }
    scores = {name: column for name, column in guess.scores.items() if column.path not in taken}
    fields = {**{field: columns for field, columns in kept.items() if columns}, **user.fields}
    return Mapping(
        match=guess.match,
        format=guess.format or user.format,
        fields={field: columns for field, columns in fields.items() if columns},
        scores={**scores, **user.scores},
        usage=user.usage or guess.usage,
        kind=user.kind or guess.kind,
        joins=user.joins or guess.joins,
        notes=guess.notes,
        unused=tuple(name for name in guess.unused if (name,) not in taken),
    )


def literal(mapping: Mapping, names: frozenset[str]) -> Mapping:
    """The mapping with paths such as `prompt.tokens` taken for one column where the rows have a column of that name."""

    def told(column: Column) -> Column:
        whole = ".".join(column.path)
        is_one = len(column.path) > 1 and whole in names and column.path[0] not in names
        return msgspec.structs.replace(column, path=(whole,)) if is_one else column

    return msgspec.structs.replace(
        mapping,
        fields={field: tuple(told(column) for column in columns) for field, columns in mapping.fields.items()},
        scores={name: told(column) for name, column in mapping.scores.items()},
    )
