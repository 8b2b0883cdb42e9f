"""Prompts as JSON; docs/json.md describes it."""

from __future__ import annotations

import msgspec

from tracetui.analysis.prompts import PromptVersion, TextChange, Texts, VersionChange
from tracetui.cli.check_json import change_json, estimate_json, unit_of
from tracetui.model import Json
from tracetui.text import iso

_BEGINNING = 200
"""Characters of a text that are printed where it is told apart from others."""


def version_json(version: PromptVersion) -> dict[str, Json]:
    """The object of `prompts --json`, a line a version."""
    sample = version.sample
    return {
        "name": version.name,
        "version": version.version,
        "first_seen": iso(sample.first_ns),
        "last_seen": iso(sample.last_ns),
        "traces": round(sample.total("traces")),
        "calls": round(sample.total("calls")),
        **({} if sample.weighting is None else {"sample": {"traces": sample.traces}}),
        "measures": {
            measure.key: {"unit": unit_of(measure), **estimate_json(measure, estimate)}
            for measure, estimate in version.estimates
        },
        "texts": None if version.texts is None else _texts(version.texts),
    }


def _texts(texts: Texts) -> dict[str, Json]:
    return {
        "looked_at": texts.looked_at,
        "different": len(texts.variants),
        "variants": [
            {
                "fingerprint": variant.text.fingerprint,
                "is_template": variant.text.is_template,
                "calls": variant.calls,
                "first_seen": iso(variant.first_ns),
                "last_seen": iso(variant.last_ns),
                "beginning": variant.text.text[:_BEGINNING],
            }
            for variant in texts.variants
        ],
    }


def comparison_json(change: VersionChange) -> dict[str, Json]:
    """The object of `prompts --compare --json`."""
    return {
        "a": _side(change.one),
        "b": _side(change.other),
        "text": None if change.text is None else _text(change.text),
        "measures": [{**change_json(one.change, "a", "b"), "verdict": one.verdict} for one in change.judged],
    }


def _side(version: PromptVersion) -> dict[str, Json]:
    return {name: value for name, value in version_json(version).items() if name not in ("measures", "texts")}


def _text(text: TextChange) -> dict[str, Json]:
    return {
        "is_template": text.one.is_template and text.other.is_template,
        "a": {"trace_id": text.one_call.trace_id, "span_id": text.one_call.span_id},
        "b": {"trace_id": text.other_call.trace_id, "span_id": text.other_call.span_id},
        "pieces": msgspec.to_builtins(text.pieces),
    }
