"""`tracetui prompts`: each prompt with its versions and how they do; two of them compared in text and figures."""

from __future__ import annotations

from collections.abc import Sequence

import click

from tracetui.analysis.prompts import PromptVersion, compare_versions, list_prompts
from tracetui.cli import options
from tracetui.cli.output import open_output
from tracetui.cli.prompts_json import comparison_json, version_json
from tracetui.cli.prompts_text import comparison_lines, version_lines
from tracetui.cli.question import asked
from tracetui.config import load_config
from tracetui.errors import WrongUse


@click.command()
@options.sources
@options.query
@click.option("--name", metavar="PROMPT", help="Only this prompt.")
@click.option("--compare", nargs=2, metavar="A B", help="Compare two: name@version, or versions of --name.")
@options.mapping
@options.as_json
@options.colour
def prompts(
    sources: tuple[str, ...], query: str | None, name: str | None, compare: tuple[str, str] | None,
    mapping: str | None, as_json: bool, colour: str,
) -> None:  # fmt: skip
    """List the prompts of SOURCE... with their versions: calls, errors, refusals, latency, cost, tokens, scores.

    With --compare: what changed in the text and in each figure, and whether that may be chance.
    """
    output = open_output(colour)
    limits = load_config().check
    with asked(sources, query, mapping) as question:
        found = list_prompts(question.workspace, question.filter, limits, name, reads_texts=compare is None)
        if compare is None:
            if as_json:
                for version in found:
                    output.json(version_json(version))
            else:
                for line in version_lines(found, name, output):
                    output.line(line)
            return
        one, other = (find_version(found, wanted, name) for wanted in compare)
        if one is other:
            raise WrongUse(f"{compare[0]} and {compare[1]} are the same version; name two")
        change = compare_versions(question.workspace, question.filter, one, other, limits)
    if as_json:
        output.json(comparison_json(change))
    else:
        for line in comparison_lines(change, output):
            output.line(line)


def find_version(found: Sequence[PromptVersion], wanted: str, name: str | None) -> PromptVersion:
    """The version that is called `name@version`, or `version` where all are of one name. Raises WrongUse."""
    names = {version.name for version in found}
    for version in found:
        is_version = version.version == wanted and (name is not None or len(names) == 1)
        if version.title == wanted or is_version:
            return version
    known = ", ".join(version.title for version in found[:10]) or "none at all"
    more = f" and {len(found) - 10} more" if len(found) > 10 else ""
    raise WrongUse(f'there is no prompt "{wanted}" in these traces; there are {known}{more}')
