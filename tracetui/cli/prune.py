"""`tracetui prune`: take old traces out of a tracetui store, and give the space back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import click
from msgspec import to_builtins

from tracetui.cli import options
from tracetui.cli.narrate import Progress, warn
from tracetui.cli.output import Output, open_output
from tracetui.config import load_config
from tracetui.errors import NotWritable, WrongUse
from tracetui.model import Json
from tracetui.query.times import parse_duration
from tracetui.store.retention import Amount
from tracetui.text import count, inert, size
from tracetui.workspace.pruning import Plan, pruning


@click.command()
@click.argument("store", metavar="STORE", type=click.Path(dir_okay=False))
@click.option("--keep", metavar="AGE", help="Take out traces that are older, such as 30d; rated ones stay.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@options.as_json
def prune(store: str, keep: str | None, dry_run: bool, as_json: bool) -> None:
    """Take traces out of the tracetui store STORE, whole, and make the file smaller.

    What goes is printed before it goes. Ratings are never deleted, and rated traces stay as they are.
    """
    if keep is None:
        raise WrongUse("say what is to go: --keep 30d takes out what is older")
    now_ns = time.time_ns()
    before_ns = now_ns - _age_ns(keep)
    output = open_output()
    path = Path(store)
    with pruning(path, is_dry=dry_run, prices=load_config().prices.path) as pruner:
        plan = pruner.plan(before_ns)
        if not as_json:
            for line in _plan_lines(plan, keep):
                output.line(line)
            output.flush()
        if plan.odd:
            warn(f"{store}: {count(plan.odd)} traces have rows that make no sense, and are left alone")
        if dry_run:
            _end(output, store, plan, None, None, as_json)
            return
        with Progress("pruning") as progress:
            gone = pruner.apply(plan, progress.update)
        regained = None
        try:
            regained = pruner.compact()
        except NotWritable as error:
            warn(str(error))
        _end(output, store, plan, gone, regained, as_json)


def _age_ns(text: str) -> int:
    found = parse_duration(text)
    if not found:
        raise WrongUse(f'--keep: "{text}" is no age; write one such as 30d, 12h or 8w')
    return found


def _plan_lines(plan: Plan, keep: str) -> Iterator[str]:
    stay = f"; {count(plan.old_rated)} older ones stay, because they are rated" if plan.old_rated else ""
    yield f"older than {inert(keep)}: {amount_text(plan.by_age)}{stay}"


def amount_text(amount: Amount) -> str:
    """Traces, spans and the size of their payloads."""
    traces = f"{count(amount.traces)} trace{'' if amount.traces == 1 else 's'}"
    spans = f"{count(amount.spans)} span{'' if amount.spans == 1 else 's'}"
    return f"{traces}, {spans}, {size(amount.bytes)} of payloads"


def _end(output: Output, store: str, plan: Plan, gone: Amount | None, regained: int | None, as_json: bool) -> None:
    if as_json:
        output.json(prune_json(store, plan, gone, regained))
    elif gone is None:
        output.line("dry run: nothing was changed")
    else:
        smaller = "" if regained is None else f"; the file is {size(max(0, regained))} smaller"
        output.line(f"gone: {amount_text(gone)}{smaller}")


def prune_json(store: str, plan: Plan, gone: Amount | None, regained: int | None) -> dict[str, Json]:
    """The object of `prune --json`; docs/json.md describes it."""
    return {
        "store": store,
        "by_age": to_builtins(plan.by_age),
        "old_rated": plan.old_rated,
        "odd": plan.odd,
        "gone": None if gone is None else to_builtins(gone),
        "regained_bytes": regained,
    }
