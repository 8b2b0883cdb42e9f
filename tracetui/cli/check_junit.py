"""A comparison as JUnit XML, which CI servers draw: a test case for each measure of each group."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from tracetui.analysis.comparison import Comparison, Evidence
from tracetui.analysis.measure_text import doubt_text
from tracetui.cli.check_text import finding_figures
from tracetui.text import inert


def junit_xml(compared: Comparison) -> Iterator[str]:
    """The lines of the file. A regression is a failure; what has too few traces to say anything is skipped."""
    skipped = sum(one.finding.verdict == "few" for one in compared.evidence)
    yield '<?xml version="1.0" encoding="utf-8"?>\n'
    yield (
        f'<testsuite name="tracetui check" tests="{len(compared.evidence)}" failures="{compared.regressions}"'
        f' errors="0" skipped="{skipped}">\n'
    )
    for one in compared.evidence:
        yield from _case(one, compared)
    yield "</testsuite>\n"


def _case(one: Evidence, compared: Comparison) -> Iterator[str]:
    finding, by = one.finding, compared.by
    group = f"{by}.{finding.key[0] or 'none'}" if by else "all"
    yield f"  <testcase classname={_attribute(group)} name={_attribute(finding.change.measure.title)}>\n"
    message = finding_figures(finding)
    if finding.verdict == "regression":
        details = [
            doubt_text(finding.change.measure, finding.change.doubt, compared.confidence),
            f"-q {one.filter}",
            *one.trace_ids,
        ]
        yield f'    <failure message={_attribute(message)} type="regression">\n'
        yield escape(inert("\n".join(details), keep_newlines=True))
        yield "\n    </failure>\n"
    elif finding.verdict == "few":
        yield f"    <skipped message={_attribute(f'too few to say: {message}')}/>\n"
    yield "  </testcase>\n"


def _attribute(text: str) -> str:
    return quoteattr(inert(text))
