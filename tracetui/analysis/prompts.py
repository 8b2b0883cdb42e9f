"""Prompts and their versions: how each does, and what changed from one to another in text and in figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from tracetui.analysis.changes import Change, Estimate, doubt, estimate
from tracetui.analysis.measures import Measure, measures
from tracetui.analysis.prompt_texts import PromptText, Variant, evenly, likeness, prompt_text, variants
from tracetui.analysis.thumbs import Scales
from tracetui.analysis.words import Piece, diff_words
from tracetui.config import Check
from tracetui.errors import NotFound, TracetuiError
from tracetui.figures import Sample
from tracetui.query import Filter
from tracetui.store.prompts import PromptCall
from tracetui.workspace import Workspace

BY = ("prompt_name", "prompt_version")
CONFIDENCE = 0.95
"""Of all intervals and judgements here, where somebody looks on; an alarm of `check` has to be surer."""
LOOKED_AT = 40
"""Calls of a prompt without a version whose texts are read, spread over its time."""
MOST_NAMES = 50
"""Prompts without a version whose texts are read."""
_PAIRED = 8
"""Calls of each version among which the two with the most similar texts are shown: the same values filled in."""

Verdict: TypeAlias = Literal["better", "worse", "noise", "few", "same"]
"""`noise`: chance may explain the difference. `few`: one side is too small to say anything."""


class Texts(Struct, frozen=True):
    """The different texts of a prompt without a version, among `looked_at` of its calls; see `variants`."""

    looked_at: int
    variants: tuple[Variant, ...]


class PromptVersion(Struct, frozen=True):
    """A version of a prompt and how it does. `texts` are looked into only where no version was recorded."""

    name: str | None
    version: str | None
    sample: Sample
    estimates: tuple[tuple[Measure, Estimate], ...]
    texts: Texts | None = None

    @property
    def title(self) -> str:
        """As `--compare` takes it: `answer@4`, `answer`."""
        return (self.name or "") if self.version is None else f"{self.name or ''}@{self.version}"


class TextChange(Struct, frozen=True):
    """The texts of two versions, as two calls recorded them, and their pieces."""

    one: PromptText
    other: PromptText
    one_call: PromptCall
    other_call: PromptCall
    pieces: tuple[Piece, ...]


class Judged(Struct, frozen=True):
    """A measure of two versions and what can be said of its change."""

    change: Change
    verdict: Verdict


class VersionChange(Struct, frozen=True):
    """Two versions compared. `text` is None where one of them has no text that was captured."""

    one: PromptVersion
    other: PromptVersion
    text: TextChange | None
    judged: tuple[Judged, ...]


def list_prompts(
    workspace: Workspace, filter_: Filter | None, limits: Check, name: str | None = None, *, reads_texts: bool = True
) -> list[PromptVersion]:
    """The versions of all prompts, or of one, by name and then by when they were first seen.

    With `reads_texts`, the texts of prompts without a version are looked into.
    """
    found = [sample for sample in workspace.samples(BY, filter_) if any(sample.key)]
    if name is not None:
        found = [sample for sample in found if sample.key[0] == name]
    scales = _scales(found, limits)
    rows = measures("calls", found, scales, limits.lower_is_better)
    ordered = sorted(found, key=lambda sample: (sample.key[0] or "", sample.first_ns or 0, sample.key[1] or ""))
    reading = {sample.key for sample in [one for one in ordered if one.key[1] is None][:MOST_NAMES] if reads_texts}
    return [
        PromptVersion(
            sample.key[0],
            sample.key[1],
            sample,
            tuple((row, estimate(row, sample, scales, CONFIDENCE)) for row in rows),
            _texts(workspace, filter_, sample) if sample.key in reading else None,
        )
        for sample in ordered
    ]


def _scales(samples: Sequence[Sample], limits: Check) -> Scales:
    return Scales((rating for sample in samples for rating in sample.ratings), limits.thumbs)


def _texts(workspace: Workspace, filter_: Filter | None, sample: Sample) -> Texts:
    name, version = sample.key
    calls = evenly(workspace.prompt_calls(name, version, filter_), LOOKED_AT)
    read = list(_read(workspace, calls))
    return Texts(len(read), tuple(variants(read)))


def _read(workspace: Workspace, calls: Sequence[PromptCall]) -> Iterator[tuple[PromptCall, PromptText]]:
    """The texts of calls; those without any, or whose source cannot be read any more, are left out."""
    for call in calls:
        try:
            text = prompt_text(workspace.payload(call.trace_id, call.span_id))
        except TracetuiError:
            continue
        if text is not None:
            yield call, text


def pick_versions(found: Sequence[PromptVersion], titles: Sequence[str]) -> tuple[PromptVersion, PromptVersion]:
    """The two versions of these titles, the one that was first seen first; of a single title, it and the version of the
    same prompt that was used last before it. Raises NotFound."""
    chosen = [version for version in found if version.title in titles]
    if len(titles) == 1 and chosen:
        chosen = [*_versions_before(found, chosen[0])[-1:], chosen[0]]
    if len(chosen) < 2:
        raise NotFound(
            f"{titles[0]} has no version before it; mark two versions and compare those"
            if len(titles) == 1
            else "one of the two versions is not in these traces any more; mark others"
        )
    one, other = sorted(chosen[:2], key=lambda version: version.sample.first_ns or 0)
    return one, other


def _versions_before(found: Sequence[PromptVersion], version: PromptVersion) -> list[PromptVersion]:
    """Those of the same prompt, by when they were last used."""
    last = version.sample.last_ns or 0
    before = [one for one in found if one.name == version.name and (one.sample.last_ns or 0) < last]
    return sorted(before, key=lambda one: one.sample.last_ns or 0)


def compare_versions(
    workspace: Workspace, filter_: Filter | None, one: PromptVersion, other: PromptVersion, limits: Check
) -> VersionChange:
    """What changed from one version to another."""
    samples = (one.sample, other.sample)
    scales = _scales(samples, limits)
    rows = measures("calls", samples, scales, limits.lower_is_better)
    judged = tuple(_judge(row, one.sample, other.sample, scales, limits) for row in rows)
    return VersionChange(one, other, _text_change(workspace, filter_, one, other), judged)


def _judge(measure: Measure, one: Sample, other: Sample, scales: Scales, limits: Check) -> Judged:
    change = Change(
        measure,
        estimate(measure, one, scales, CONFIDENCE),
        estimate(measure, other, scales, CONFIDENCE),
        doubt(measure, one, other, scales, CONFIDENCE),
    )
    return Judged(change, _verdict(change, limits))


def _verdict(change: Change, limits: Check) -> Verdict:
    if min(change.one.size, change.other.size) < max(1, limits.least) or change.difference is None:
        return "few"
    if change.difference == 0:
        return "same"
    if change.doubt is None or not change.doubt.is_sure:
        return "noise"
    return "better" if (change.difference < 0) == change.measure.is_lower_better else "worse"


def _text_change(
    workspace: Workspace, filter_: Filter | None, one: PromptVersion, other: PromptVersion
) -> TextChange | None:
    sides = []
    for version in (one, other):
        calls = workspace.prompt_calls(version.name, version.version, filter_)
        found = list(_read(workspace, calls[-_PAIRED:]))
        templates = [item for item in found if item[1].is_template]
        sides.append(templates[-1:] or found)
    if not all(sides):
        return None
    pairs = [(first, second) for first in sides[0] for second in sides[1]]
    first, second = max(pairs, key=lambda pair: likeness(pair[0][1].text, pair[1][1].text))
    pieces = tuple(diff_words(first[1].text, second[1].text))
    return TextChange(first[1], second[1], first[0], second[0], pieces)
