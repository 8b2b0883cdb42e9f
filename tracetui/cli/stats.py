"""`tracetui stats`: traces added up."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import click
from msgspec import Struct

from tracetui.analysis.over_time import Step, buckets
from tracetui.cli import options
from tracetui.cli.output import Output, open_output
from tracetui.cli.over_time import bucket_json, print_csv, print_table
from tracetui.cli.question import Question, asked
from tracetui.errors import WrongUse
from tracetui.model import Json
from tracetui.text import ABSENT, about, cell_width, count, duration, fit, inert, money

_SHOWN = 10
"""Models, reasons and labels that are listed by name; `--json` has all."""
_SCORES_SHOWN = 50
"""Names of scores, each with a line of its own; `--json` has all."""


@click.command()
@options.sources
@options.query
@click.option("--over", type=click.Choice(["day", "hour"]), help="The figures of each day or hour (UTC) instead.")
@click.option("--csv", "as_csv", is_flag=True, help="With --over: print CSV.")
@options.mapping
@options.as_json
@options.colour
def stats(
    sources: tuple[str, ...], query: str | None, over: Step | None, as_csv: bool, mapping: str | None,
    as_json: bool, colour: str,
) -> None:  # fmt: skip
    """Add up the traces of SOURCE...: spans, tokens, cost, latency, models, scores; or each day's or hour's."""
    if as_csv and (as_json or over is None):
        raise WrongUse("--csv goes with --over day or --over hour, and without --json")
    output = open_output(colour)
    with asked(sources, query, mapping) as question:
        if over is not None:
            _print_over_time(output, question, over, as_json, as_csv)
            return
        document = question.workspace.stats(question.filter)
        if as_json:
            output.json(document)
        else:
            _print(output, document)


def _print_over_time(output: Output, question: Question, over: Step, as_json: bool, as_csv: bool) -> None:
    found = buckets(question.workspace.samples([over], question.filter), over)
    if as_json:
        for bucket in found:
            output.json(bucket_json(bucket, over))
    elif as_csv:
        print_csv(output, found, over)
    else:
        print_table(output, found, over)


def _print(output: Output, document: dict[str, Json]) -> None:
    rows = [(inert(name), inert(text)) for name, text in stats_rows(document)]
    width = max(cell_width(name) for name, _ in rows)
    for name, text in rows:
        output.line(f"{output.paint(fit(name, width), 'faint')}  {text}")


def stats_rows(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The object of `stats --json` as names and texts for people."""
    yield from _rows(document, _Marks("sample" in document))


class _Marks(Struct, frozen=True):
    """How figures are written: as they are, or marked as estimates of all there was before sampling."""

    is_sample: bool

    def about(self, text: str) -> str:
        return about(text, self.is_sample)

    def least(self, number: int) -> str:
        return f"≥ {count(number)}" if self.is_sample else count(number)

    def counts(self, counts: dict[str, int]) -> str:
        return _listed(counts, self.is_sample)


def _rows(document: dict[str, Any], marks: _Marks) -> Iterator[tuple[str, str]]:
    for source in document["sources"]:
        yield "source", f"{source['path']} ({source['format']}){_skipped(source['skipped'])}"
    if marks.is_sample:
        kept = count(document["sample"]["traces"])
        yield "sample", f"{kept} traces were kept; ~ is estimated from them, ≥ is what is known at least"
    yield "traces", f"{marks.about(count(document['traces']))}{_named(document['trace_statuses'], marks)}"
    yield "spans", f"{marks.about(count(document['spans']))}{_named(document['statuses'], marks)}"
    yield "kinds", marks.counts(document["kinds"]) or ABSENT
    yield (
        "tokens",
        ", ".join(
            f"{name.replace('_', ' ')} {marks.about(count(number))}" for name, number in document["tokens"].items()
        ),
    )
    yield "cost", _cost(document["cost"], marks)
    yield "latency", _percentiles(document["latency_ms"], marks)
    yield "first token", _percentiles(document["ttft_ms"], marks)
    yield "models", marks.counts(document["models"]) or ABSENT
    yield "users", marks.least(document["users"])
    yield "sessions", marks.least(document["sessions"])
    scores = document["scores"]
    for name, score in islice(scores.items(), _SCORES_SHOWN):
        yield f"score {name}", _score(score)
    if len(scores) > _SCORES_SHOWN:
        yield "scores", f"… {count(len(scores) - _SCORES_SHOWN)} more names; --json has all {count(len(scores))}"
    yield "from", document["start"] or ABSENT
    yield "to", document["end"] or ABSENT


def _skipped(records: int) -> str:
    return f", {count(records)} records skipped" if records else ""


def _named(counts: dict[str, int], marks: _Marks) -> str:
    """Those that are not zero, in brackets; nothing where all succeeded."""
    some = {name: number for name, number in counts.items() if number}
    return f" ({marks.counts(some)})" if some.keys() - {"success"} else ""


def _listed(counts: dict[str, int], is_estimate: bool = False) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    more = f", … {len(ordered) - _SHOWN} more" if len(ordered) > _SHOWN else ""
    return ", ".join(f"{about(count(number), is_estimate)} {name}" for name, number in ordered[:_SHOWN]) + more


def _cost(cost: dict[str, Any], marks: _Marks) -> str:
    calls = cost["priced"] + cost["unpriced"]
    if not calls:
        return ABSENT
    if not cost["priced"]:
        return f"{ABSENT} (0 of {marks.about(count(calls))} priced: {marks.counts(cost['reasons'])})"
    recorded, computed = (marks.about(money(cost[name])) for name in ("recorded_usd", "computed_usd"))
    origins = f"{recorded} recorded, {computed} computed"
    if not cost["unpriced"]:
        return f"{marks.about(money(cost['usd']))} ({origins})"
    priced = f"{marks.about(count(cost['priced']))} of {marks.about(count(calls))} priced"
    missing = f"{priced}: {marks.counts(cost['reasons'])}"
    return f"{marks.about(money(cost['usd'], partial=True))} ({origins}; {missing})"


def _percentiles(times: dict[str, float | None], marks: _Marks) -> str:
    return ", ".join(
        f"{name} {marks.about(duration(None if ms is None else round(ms * 1e6)))}" for name, ms in times.items()
    )


def _score(score: dict[str, Any]) -> str:
    mean = f", mean {score['mean']:.3g}" if score["mean"] is not None else ""
    labels = f" ({_listed(score['labels'])})" if score["labels"] else ""
    return f"{count(score['count'])}{mean}{labels}"
