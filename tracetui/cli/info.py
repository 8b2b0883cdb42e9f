"""`tracetui info`: what a source was recognised as, what was odd in it, and where its scores go."""

from __future__ import annotations

from collections.abc import Iterator

import click

from tracetui.cli import options
from tracetui.cli.kept_text import kept_text, rate_text
from tracetui.cli.narrate import Progress
from tracetui.cli.output import Output, open_output
from tracetui.cli.question import opened
from tracetui.model import Changes, Health, Json
from tracetui.sources.base import Description
from tracetui.text import count, inert
from tracetui.workspace import Workspace


@click.command()
@options.sources
@options.mapping
@options.as_json
@options.colour
def info(sources: tuple[str, ...], mapping: str | None, as_json: bool, colour: str) -> None:
    """Say of each SOURCE how it was understood, what could not be read, and where its scores go."""
    output = open_output(colour)
    with opened(sources, mapping=mapping) as question:
        workspace = question.workspace
        with Progress("reading") as progress:

            def show(changes: Changes) -> None:
                progress.update(changes.done, changes.total)

            workspace.catch_up(show)
        documents = list(_documents(workspace))
    for document in documents:
        if as_json:
            output.json(document)
        else:
            _print(output, document)


def _documents(workspace: Workspace) -> Iterator[dict[str, Json]]:
    totals, kept = (workspace.totals(), workspace.kept()) if len(workspace.sources) == 1 else (None, [])
    for report in workspace.reports():
        document = info_json(report.description, report.health)
        if report.files > 1:
            document["files"] = report.files
        if totals is not None:
            document |= {"traces": totals.traces, "spans": totals.spans}
        if totals is not None and kept:
            document["sample"] = {
                "traces": totals.kept,
                "kept": {one.reason: one.traces for one in kept},
                "rate": rate_text(kept) or None,
            }
        yield document


def info_json(description: Description, health: Health) -> dict[str, Json]:
    """The object of `info --json`; `traces` and `spans` are added where one source was asked about."""
    return {
        "path": description.path,
        "format": description.format,
        "writable": description.writable,
        "scores_go": description.scores_go,
        "skipped": health.skipped,
        "duplicates": health.duplicates,
        "replaced": health.replaced,
        "incomplete": health.incomplete,
        "other": health.other,
        "reasons": list(health.reasons),
        "warnings": list(health.warnings),
        "notes": list(description.notes),
        "mapping": description.mapping,
    }


_ROWS: tuple[tuple[str, str], ...] = (
    ("skipped", "records that gave nothing"),
    ("duplicates", "repeated, counted once"),
    ("replaced", "records with broken characters, which are shown as \ufffd"),
    ("incomplete", "not written to its end yet"),
    ("other", "records of another kind, such as metrics"),
)


def _print(output: Output, document: dict[str, Json]) -> None:
    """To a pipe or a file, a guessed mapping is whole TOML: `tracetui info calls.db > mapping.toml`."""
    mapping = inert(document["mapping"] or "", keep_newlines=True).splitlines()
    is_toml = bool(mapping) and not output.is_terminal
    for line in info_lines(document):
        output.line(f"# {line}" if is_toml else line)
    for line in mapping:
        output.line(line if is_toml else f"    {line}")


def _holds(document: dict[str, Json]) -> str:
    """What is there; of a sample also what there was."""
    sample = document.get("sample")
    if sample is None or sample["traces"] == document["traces"]:
        return f"{count(document['traces'])} traces, {count(document['spans'])} spans"
    return f"{count(sample['traces'])} traces, of ~{count(document['traces'])} with ~{count(document['spans'])} spans"


def info_lines(document: dict[str, Json]) -> Iterator[str]:
    """The same for people, up to the mapping; counts that are zero are left out."""
    yield inert(document["path"])
    files = f" ({count(document['files'])} files)" if "files" in document else ""
    yield f"  format      {inert(document['format'])}{files}"
    if "spans" in document:
        yield f"  holds       {_holds(document)}"
    if "sample" in document:
        sample = document["sample"]
        rate = f"at {sample['rate']}: " if sample["rate"] else ""
        yield f"  sampled     {rate}kept {kept_text(sample['kept'])}"
    yield f"  scores go   {inert(document['scores_go'])}"
    for key, meaning in _ROWS:
        if document[key]:
            yield f"  {key:<11} {count(document[key])} ({meaning})"
    yield from (f"              {inert(reason)}" for reason in document["reasons"])
    yield from (f"  odd         {inert(warning)}" for warning in document["warnings"])
    yield from (f"  assumed     {inert(note)}" for note in document["notes"])
    if document["mapping"]:
        yield "  read with this mapping (save it, change it, give it to --map):"
