"""`tracetui score`: save a rating where the traces live."""

from __future__ import annotations

import math
from typing import cast, get_args

import click

from tracetui.cli import options
from tracetui.cli.output import open_output
from tracetui.cli.question import asked
from tracetui.config import load_config
from tracetui.errors import WrongUse
from tracetui.exports.contract import score_json
from tracetui.exports.plain import score_text
from tracetui.model import ScoreSource
from tracetui.text import inert

_BOOLEANS = {"true": True, "false": False}


@click.command()
@options.sources
@click.argument("identity", metavar="ID")
@click.option("--name", required=True, help="What is judged, such as user_rating.")
@click.option("--value", help="A number, or true or false.")
@click.option("--label", help="A category, such as hallucination.")
@click.option("--comment", help="Why.")
@click.option(
    "--by", "source", type=click.Choice(get_args(ScoreSource)), default="human", show_default=True, help="What judged."
)
@click.option("--author", help="Who judged; yourself, if it is not said.")
@options.mapping
@options.as_json
def score(
    sources: tuple[str, ...],
    identity: str,
    name: str,
    value: str | None,
    label: str | None,
    comment: str | None,
    source: str,
    author: str | None,
    mapping: str | None,
    as_json: bool,
) -> None:
    """Rate the trace or span ID of SOURCE..., and say where the score was saved.

    ID is the id of a trace or of a span, or the beginning of one. The same name by the same author on the same target
    replaces the older score; the older one is kept as history.
    """
    if (value is None) == (label is None):
        raise WrongUse("a score has either --value (a number, true, false) or --label (a category); give one of them")
    number = None if value is None else parse_value(value)
    output = open_output()
    with asked(sources, mapping=mapping) as question:
        trace_id, span_id = question.workspace.find(identity)
        saved = question.workspace.score(
            trace_id,
            span_id,
            name,
            value=number,
            label=label,
            comment=comment,
            source=cast("ScoreSource", source),
            author=author or load_config().ui.author,
        )
    if as_json:
        output.json({**score_json(saved.score), "place": saved.place})
    else:
        output.line(inert(f"{score_text(saved.score)} saved in {saved.place}"))


def parse_value(text: str) -> float | bool:
    """`4`, `0.5`, `true` or `false`. Raises WrongUse."""
    if text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise WrongUse(f'--value is a number, true or false, not "{text}"; a category goes into --label')
    return number
