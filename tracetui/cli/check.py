"""`tracetui check`: what got worse since a baseline. For cron and CI: exit 1 where something did."""

from __future__ import annotations

import time

import click

from tracetui.analysis.comparison import GROUPINGS, compare
from tracetui.analysis.periods import DAY, Side, in_time, joined, parse_now, parse_period
from tracetui.cli import options
from tracetui.cli.check_json import check_json
from tracetui.cli.check_junit import junit_xml
from tracetui.cli.check_text import check_lines
from tracetui.cli.narrate import CHECK_FAILED, DONE
from tracetui.cli.output import open_output
from tracetui.cli.question import asked
from tracetui.config import load_config
from tracetui.errors import WrongUse
from tracetui.exports.written_file import check_target, write_file
from tracetui.text import inert


@click.command()
@options.sources
@options.query
@click.option("--period", metavar="TIME", help="What is checked: 24h (the default), 7d, or DATE..DATE.")
@click.option("--baseline", metavar="TIME", help="What it is held to: as long before (the default), 7d, or DATE..DATE.")
@click.option("--by", type=click.Choice(sorted(GROUPINGS)), help="Check each feature, model or prompt by itself.")
@click.option("--a", "filter_a", metavar="FILTER", help="The baseline as a filter, instead of a time.")
@click.option("--b", "filter_b", metavar="FILTER", help="What is checked as a filter, instead of a time.")
@click.option("--now", metavar="TIME", help="The end of the period: another time than the present.")
@click.option("--junit", metavar="FILE", help="Write the findings as JUnit XML too.")
@options.mapping
@options.as_json
@options.colour
def check(
    sources: tuple[str, ...], query: str | None, period: str | None, baseline: str | None, by: str | None,
    filter_a: str | None, filter_b: str | None, now: str | None, junit: str | None, mapping: str | None,
    as_json: bool, colour: str,
) -> int:  # fmt: skip
    """Say what got worse in the traces of SOURCE...: by default in the last 24 hours, against the 24 hours before.

    Errors, refusals, latency, thumbs down, scores, cost, tokens, failed tools. Exits with 1 where something did.
    """
    now_ns = parse_now(now, time.time_ns())
    sides = _sides(query, period, baseline, filter_a, filter_b, now_ns)
    if junit is not None:
        check_target(junit, may_replace=True)
    output = open_output(colour)
    with asked(sources, query, mapping) as question:
        compared = compare(question.workspace, *sides, by, load_config().check, now_ns)
    if junit is not None:
        write_file(junit, junit_xml(compared))
    if as_json:
        output.json(check_json(compared))
    else:
        for line in check_lines(compared, [inert(source) for source in sources], output):
            output.line(line)
    return CHECK_FAILED if compared.regressions else DONE


def _sides(
    query: str | None, period: str | None, baseline: str | None, a: str | None, b: str | None, now_ns: int
) -> tuple[Side, Side]:
    """The baseline and what is checked. Raises WrongUse."""
    if a is not None or b is not None:
        if a is None or b is None:
            raise WrongUse("--a and --b belong together: the baseline as a filter, and what is checked")
        if period is not None or baseline is not None:
            raise WrongUse("--a and --b stand for --baseline and --period; write times into the filters: since:7d")
        return Side(a, joined(query, f"({a})")), Side(b, joined(query, f"({b})"))
    now = parse_period(period or DAY, "--period", now_ns, now_ns)
    length = f"{now.end_ns - now.start_ns}ns"
    before = parse_period(baseline or length, "--baseline", now.start_ns, now_ns)
    return in_time(before, query), in_time(now, query)
