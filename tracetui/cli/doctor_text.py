"""The report of `tracetui doctor` as lines for people: sections of facts, then what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tracetui.doctor.places import Place
from tracetui.doctor.ports import Port
from tracetui.doctor.report import Report
from tracetui.doctor.sources import Examined
from tracetui.doctor.terminal import TerminalFacts
from tracetui.doctor.versions import Versions
from tracetui.text import ABSENT, count, inert, size, tokens

Paint = Callable[[str, str], str]
Facts = Iterator[tuple[str, str]]

_WIDTH = 12
_MODELS = 5


def report_lines(report: Report, paint: Paint = lambda text, _: text) -> Iterator[str]:
    """All of it; every line is inert."""
    yield from _section("versions", _versions(report.versions), paint)
    yield from _section("terminal", _terminal(report.terminal), paint)
    yield from _section("places", map(_place, report.places), paint)
    yield from _section("config", [("config.toml", report.config.state)], paint)
    yield from _section("ports", map(_port, report.ports), paint)
    for source in report.sources:
        yield from _section(source.source, _source(source), paint)
    yield paint("found", "heading")
    for finding in report.findings:
        style, sign = ("error", "✕") if finding.weight == "mend" else ("faint", "·")
        yield f"  {paint(sign, style)} {inert(finding.about)}: {inert(finding.what)}"
        if finding.remedy is not None:
            yield f"      {inert(finding.remedy)}"
    if report.healthy:
        yield "  nothing that has to be mended"


def _section(title: str, facts: Iterable[tuple[str, str]], paint: Paint) -> Iterator[str]:
    yield paint(inert(title), "heading")
    for name, text in facts:
        yield f"  {paint(name.ljust(_WIDTH), 'faint')} {inert(text)}"
    yield ""


def _versions(versions: Versions) -> Facts:
    yield "tracetui", versions.tracetui
    yield "Python", versions.python
    yield "SQLite", f"{versions.sqlite} ({', '.join(one.name for one in versions.abilities if one.works)})"
    yield "system", versions.system
    needed = (f"{one.name} {one.version or 'missing'}" for one in versions.packages if one.extra is None)
    yield "packages", ", ".join(needed) or ABSENT
    yield "extras", ", ".join(f"{name} {'yes' if there else 'no'}" for name, there in versions.extras.items()) or ABSENT


def _terminal(facts: TerminalFacts) -> Facts:
    yield "is one", ", ".join(facts.streams) or "no stream is a terminal"
    if facts.columns is not None:
        yield "size", f"{facts.columns}×{facts.lines}"
    yield "TERM", " ".join(filter(None, (facts.term, facts.term_program, facts.multiplexer))) or ABSENT
    if facts.over_ssh:
        yield "over", "SSH"
    yield "colours", _colours(facts)
    yield "text", f"{facts.encoding or ABSENT}, {'Unicode' if facts.unicode else 'ASCII signs'}"
    yield "mouse", facts.mouse
    yield "OSC 52", facts.osc52


def _colours(facts: TerminalFacts) -> str:
    if facts.no_colour:
        return "none (NO_COLOR is set)"
    if facts.truecolour:
        return "16 million"
    return "unknown" if facts.terminfo_colours is None else count(facts.terminfo_colours)


def _place(place: Place) -> tuple[str, str]:
    if place.mode is None:
        return place.kind, f"{place.path} (not there)"
    least = "≥ " if place.partial else ""
    return place.kind, f"{place.path} {place.mode}, {least}{count(place.files)} files, {size(place.bytes)}"


def _port(port: Port) -> tuple[str, str]:
    words = {"free": "free", "tracetui": "a collector of tracetui", "http": "a server", "other": "another program"}
    return str(port.port), words[port.state] + (f" ({port.server})" if port.server else "")


def _source(source: Examined) -> Facts:
    if source.error is not None:
        yield "error", source.error.removeprefix(f"{source.source}: ")
    yield from _files(source)
    if source.error is not None:
        return
    yield "format", ", ".join(f"{name} × {count(n)}" if n > 1 else name for name, n in source.formats.items())
    if source.counts is not None:
        counts = source.counts
        yield "holds", f"{count(source.traces)} traces, {count(counts.spans)} spans, {count(counts.calls)} model calls"
        yield "orphans", count(counts.orphans)
        yield "never ended", count(counts.never_ended)
        yield "usage", f"{count(counts.missing_usage)} calls without, {count(counts.inconsistent_usage)} inconsistent"
    yield "no price", _unpriced(source)
    yield from _biggest(source)
    yield from _prompts(source)
    if source.index is not None:
        yield "index", f"{source.index.name or 'in memory'}, {size(source.index.bytes)}"


def _files(source: Examined) -> Facts:
    for file in source.databases:
        free = "" if file.free_bytes is None else f", {size(file.free_bytes)} free"
        mode = "" if file.journal_mode is None else f", {file.journal_mode}"
        yield "database", f"{file.name} {file.check}, {size(file.bytes)}{free}{mode}, log {size(file.wal_bytes)}"
    if source.file_system is not None:
        yield "lies on", source.file_system


def _unpriced(source: Examined) -> str:
    if source.unpriced is None:
        return ABSENT
    some = [f"{count(one.calls)} {one.model or 'no model'} ({one.reason or 'no reason'})" for one in source.unpriced]
    more = f", … {len(some) - _MODELS} more" if len(some) > _MODELS else ""
    return ", ".join(some[:_MODELS]) + more or "0 calls"


def _biggest(source: Examined) -> Facts:
    of = "" if source.measured is None else f" (the newest {count(source.measured)} were measured)"
    for at, row in enumerate(source.biggest or ()):
        yield "biggest" if at == 0 else "", f"{size(row.bytes)} {row.trace_id} {row.span_id}{of if at == 0 else ''}"


def _prompts(source: Examined) -> Facts:
    prompts = source.prompts
    if prompts is None or not prompts.calls:
        return
    about = "" if prompts.repeated_tokens is None else f", about {tokens(prompts.repeated_tokens)} tokens"
    yield (
        "sent again",
        f"{size(prompts.repeated_bytes)} of {size(prompts.bytes)} in {count(prompts.calls)} calls{about}",
    )
    for prefix in prompts.prefixes:
        yield "", f"{size(prefix.bytes)} × {count(prefix.calls)} {prefix.digest}"
