"""`tracetui prune`: take old traces out of a tracetui store, or all but a sample, and give the space back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import click
from msgspec import to_builtins

from tracetui.cli import options
from tracetui.cli.kept_text import kept_text
from tracetui.cli.narrate import Progress, warn
from tracetui.cli.output import Output, open_output
from tracetui.config import load_config, parse_rate
from tracetui.errors import NotWritable, WrongUse
from tracetui.model import Json
from tracetui.query.times import parse_duration
from tracetui.store.retention import Amount
from tracetui.store.sampling import Policy
from tracetui.text import count, inert, percent, size
from tracetui.workspace.pruning import Plan, pruning


@click.command()
@click.argument("store", metavar="STORE", type=click.Path(dir_okay=False))
@click.option("--keep", metavar="AGE", help="Take out traces that are older, such as 30d; rated ones stay.")
@click.option("--sample", metavar="SHARE", help="Of traces without anything special keep a share, such as 10%.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@options.as_json
def prune(store: str, keep: str | None, sample: str | None, dry_run: bool, as_json: bool) -> None:
    """Take traces out of the tracetui store STORE, whole, and make the file smaller.

    What goes is printed before it goes. Ratings are never deleted, and rated traces stay as they are. --sample also keeps
    errors, refusals, the costliest and the slowest; from the rest sums are estimated. See docs/sampling.md.
    """
    if keep is None and sample is None:
        raise WrongUse("say what is to go: --keep 30d takes out what is older, --sample 10% all but a sample")
    now_ns = time.time_ns()
    before_ns = None if keep is None else now_ns - _age_ns(keep)
    config = load_config()
    policy = None
    if sample is not None:
        policy = Policy(parse_rate(sample), config.sampling.percentile, config.sampling.window)
    output = open_output()
    with pruning(Path(store), is_dry=dry_run, prices=config.prices.path) as pruner:
        plan = pruner.plan(before_ns, policy, now_ns)
        if not as_json:
            for line in _plan_lines(plan, keep, policy):
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


def _plan_lines(plan: Plan, keep: str | None, policy: Policy | None) -> Iterator[str]:
    if keep is not None:
        stay = f"; {count(plan.old_rated)} older ones stay, because they are rated" if plan.old_rated else ""
        yield f"older than {inert(keep)}: {amount_text(plan.by_age)}{stay}"
    if policy is not None:
        yield f"not in a sample of {percent(policy.rate)}: {amount_text(plan.by_sampling)}"
        unsettled = f"{count(plan.unsettled)} not settled yet" if plan.unsettled else ""
        yield f"kept: {', '.join(filter(None, (kept_text(plan.kept), unsettled))) or 'nothing'}"


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
        "by_sampling": to_builtins(plan.by_sampling),
        "kept": plan.kept,
        "unsettled": plan.unsettled,
        "odd": plan.odd,
        "gone": None if gone is None else to_builtins(gone),
        "regained_bytes": regained,
    }
