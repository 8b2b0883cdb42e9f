"""Thousands of files of one directory as one line of a report for each format."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from tracetui.model import Health
from tracetui.sources.base import Description

_FEW = 20
"""Files of a directory up to which each is reported by itself."""
_REASONS = 20


class Report(Struct, frozen=True):
    """What a source is and how reading it went; `files` of them where a directory's are taken together."""

    description: Description
    health: Health
    files: int = 1


class Read(Struct, frozen=True):
    """How reading a source went; `files` of them where a directory's are taken together."""

    health: Health
    files: int = 1


def group_files(reports: Sequence[Report], folders: Iterable[Path]) -> list[Report]:
    """The reports, with those of a directory that has many files put together by format."""
    found: list[Report] = []
    for folder, places in _groups([report.health for report in reports], folders):
        group = [reports[place] for place in places]
        found.append(group[0] if folder is None else _together(folder, group))
    return found


def group_health(health: Sequence[Health], folders: Iterable[Path]) -> list[Read]:
    """The same, without what each source is: to say that, all of them would have to be opened."""
    return [
        Read(health[places[0]] if folder is None else _added(folder, [health[place] for place in places]), len(places))
        for folder, places in _groups(health, folders)
    ]


def _groups(health: Sequence[Health], folders: Iterable[Path]) -> list[tuple[Path | None, list[int]]]:
    """The places of what belongs together, and the directory in which it lies; what is by itself has none."""
    rest = list(range(len(health)))
    groups: list[tuple[Path | None, list[int]]] = []
    for folder in folders:
        inside = [place for place in rest if Path(health[place].path).is_relative_to(folder)]
        if len(inside) > _FEW:
            by_format: dict[str, list[int]] = {}
            for place in inside:
                by_format.setdefault(health[place].format, []).append(place)
            taken = {*inside}
            rest = [place for place in rest if place not in taken]
            groups += [(folder, places) for places in by_format.values()]
    return [*((None, [place]) for place in rest), *groups]


def _together(folder: Path, group: Sequence[Report]) -> Report:
    health = _added(folder, [report.health for report in group])
    places = {report.description.scores_go for report in group}
    description = Description(
        str(folder),
        health.format,
        all(report.description.writable for report in group),
        places.pop() if len(places) == 1 else "beside each file",
        notes=tuple(dict.fromkeys(note for report in group for note in report.description.notes))[:_REASONS],
    )
    return Report(description, health, len(group))


def _added(folder: Path, health: Sequence[Health]) -> Health:
    return Health(
        path=str(folder),
        format=health[0].format,
        writable=all(one.writable for one in health),
        skipped=sum(one.skipped for one in health),
        duplicates=sum(one.duplicates for one in health),
        replaced=sum(one.replaced for one in health),
        incomplete=sum(one.incomplete for one in health),
        other=sum(one.other for one in health),
        done=sum(one.done for one in health),
        total=sum(one.total for one in health),
        reasons=_named(folder, health, "reasons"),
        warnings=_named(folder, health, "warnings"),
    )


def _named(folder: Path, health: Iterable[Health], field: str) -> tuple[str, ...]:
    """The first sentences of all files, each with the file that it is about."""
    named = (
        sentence if str(folder) in sentence else f"{Path(one.path).relative_to(folder)}: {sentence}"
        for one in health
        for sentence in getattr(one, field)
    )
    return tuple(sentence for sentence, _ in zip(named, range(_REASONS), strict=False))
