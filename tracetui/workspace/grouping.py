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


def group_files(reports: Sequence[Report], folders: Iterable[Path]) -> list[Report]:
    """The reports, with those of a directory that has many files put together by format."""
    rest = list(reports)
    for folder in folders:
        inside = [report for report in rest if Path(report.health.path).is_relative_to(folder)]
        if len(inside) > _FEW:
            by_format: dict[str, list[Report]] = {}
            for report in inside:
                by_format.setdefault(report.health.format, []).append(report)
            kept = {id(report) for report in inside}
            rest = [report for report in rest if id(report) not in kept]
            rest += [_together(folder, group) for group in by_format.values()]
    return rest


def _together(folder: Path, group: Sequence[Report]) -> Report:
    health = [report.health for report in group]
    first = group[0].description
    places = {report.description.scores_go for report in group}
    description = Description(
        str(folder),
        first.format,
        all(report.description.writable for report in group),
        places.pop() if len(places) == 1 else "beside each file",
        notes=tuple(dict.fromkeys(note for report in group for note in report.description.notes))[:_REASONS],
    )
    return Report(
        description,
        Health(
            path=str(folder),
            format=first.format,
            writable=description.writable,
            skipped=sum(one.skipped for one in health),
            duplicates=sum(one.duplicates for one in health),
            replaced=sum(one.replaced for one in health),
            incomplete=sum(one.incomplete for one in health),
            other=sum(one.other for one in health),
            done=sum(one.done for one in health),
            total=sum(one.total for one in health),
            reasons=_named(folder, health, "reasons"),
            warnings=_named(folder, health, "warnings"),
        ),
        len(group),
    )


def _named(folder: Path, health: Iterable[Health], field: str) -> tuple[str, ...]:
    """The first sentences of all files, each with the file that it is about."""
    named = (
        sentence if str(folder) in sentence else f"{Path(one.path).relative_to(folder)}: {sentence}"
        for one in health
        for sentence in getattr(one, field)
    )
    return tuple(sentence for sentence, _ in zip(named, range(_REASONS), strict=False))
