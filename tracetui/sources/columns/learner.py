"""A mapping that is guessed from samples and grows when rows bring columns that no sample had.

Logs have rare keys (`error` in one line of a thousand). A row with a key that was never seen, and that is a synonym of
something, is learnt from before it is read.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tracetui.sources.columns.guess import guess_mapping
from tracetui.sources.columns.leaves import spelled
from tracetui.sources.columns.mapper import MappedRow, Mapper
from tracetui.sources.columns.mapping import Column, Join, Mapping, laid_over, literal
from tracetui.sources.columns.synonyms import CLOSED_WRAPPERS, FIELDS, OPEN_WRAPPERS, RATING_OBJECTS, RATINGS
from tracetui.sources.columns.values import Row, opened, plain_value

_MOST_LESSONS = 60
_MOST_NAMES = 3000
_MOST_SHAPES = 300
_WIDEST = 200
_TELLING = frozenset(
    {name for field in FIELDS for name in field.names} | {*RATINGS, *RATING_OBJECTS} | OPEN_WRAPPERS | CLOSED_WRAPPERS
)


class Learner:
    """Rows of one table or file → spans, by a guess from `rows` with what the user said laid over it."""

    def __init__(
        self,
        name: str,
        names: Sequence[str],
        rows: Sequence[Row],
        *,
        format: str,
        user: Mapping | None = None,
        joins: tuple[Join, ...] = (),
        known: Mapping | None = None,
    ) -> None:
        self.name = name
        self.names = list(names)
        self._rows = [dict(row) for row in rows]
        self._format = format
        self._joins = user.joins if user is not None and user.joins else joins
        self._user = None if user is None else literal(user, frozenset(names))
        self._lessons = 0
        self._seen = set(names)
        self._watched = self._wrappers()
        self.mapping = self._guess() if known is None else known
        self.mapper = Mapper(self.mapping, name)
        self._mappers: dict[tuple[str, ...], Mapper] = {}

    def _guess(self) -> Mapping:
        guess = guess_mapping(self.names, self._rows, match=self.name, format=self._format, joins=self._joins)
        return guess if self._user is None else laid_over(self._user, guess)

    def _wrappers(self) -> dict[str, set[str]]:
        """The objects in which rows hold their fields, and the keys known of each."""
        found: dict[str, set[str]] = {}
        for row in self._rows:
            for name in row:
                if spelled(name) in OPEN_WRAPPERS and isinstance(value := opened(row[name]), dict):
                    found.setdefault(name, set()).update(value)
        return found

    def map(self, row: Row, number: int | str) -> MappedRow | None:
        """The span of a row; see Mapper."""
        mapper = self._mappers.get(tuple(row)) or self._mapper_for(row)
        mapped = mapper(row, number)
        for name, keys in self._watched.items():
            within = row.get(name)
            if isinstance(within, dict) and not within.keys() <= keys:
                fresh = within.keys() - keys
                keys |= fresh
                if self._teach(row, fresh):
                    mapped = self.mapper(row, number)
        return mapped

    def _mapper_for(self, row: Row) -> Mapper:
        """What maps rows with the columns of this one. Rows of a log have few sets of columns: each is compiled once."""
        self.meet(row)
        if len(row) > _WIDEST or len(self._mappers) >= _MOST_SHAPES:
            return self.mapper
        mapper = self._mappers[tuple(row)] = self.mapper.narrowed(row.keys())
        return mapper

    def map_safely(self, row: Row, number: int | str) -> MappedRow | str | None:
        """As `map`; a text says why a row that is like no other could not be understood."""
        try:
            return self.map(row, number)
        except Exception as error:  # noqa: BLE001  one row lost, and counted, instead of the whole table
            return f"not understood ({type(error).__name__})"

    def meet(self, row: Row) -> None:
        """Learn from a row without mapping it."""
        if not row.keys() <= self._seen:
            self._learn(row, row.keys() - self._seen)

    def _learn(self, row: Row, fresh: set[str]) -> None:
        if len(self._seen) < _MOST_NAMES:
            self._seen |= fresh
            self.names += sorted(fresh)
        self._teach(row, fresh)

    def _teach(self, row: Row, fresh: set[str]) -> bool:
        """Guess again with this row among the samples, if one of the new names could mean something."""
        if self._lessons >= _MOST_LESSONS or not any(spelled(name) in _TELLING for name in fresh):
            return False
        self._lessons += 1
        self._rows.append({name: plain_value(value) for name, value in row.items()})
        grown = _grown(self.mapping, self._guess())
        if grown == self.mapping:
            return False
        self.mapping = grown
        self.mapper = Mapper(grown, self.name)
        self._mappers.clear()
        self._watched = {**self._wrappers(), **self._watched}
        return True


def _grown(old: Mapping, new: Mapping) -> Mapping:
    """The old mapping with what the new one found beside it: what was decided stays decided."""
    taken = {column.path for columns in old.fields.values() for column in columns}
    taken |= {column.path for column in old.scores.values()}
    fields: dict[str, tuple[Column, ...]] = dict(old.fields)
    for name, columns in new.fields.items():
        fields[name] = (*fields.get(name, ()), *(column for column in columns if column.path not in taken))
    scores = {name: column for name, column in new.scores.items() if column.path not in taken}
    return msgspec.structs.replace(
        old,
        fields={name: columns for name, columns in fields.items() if columns},
        scores={**scores, **old.scores},
        usage=old.usage or new.usage,
    )
