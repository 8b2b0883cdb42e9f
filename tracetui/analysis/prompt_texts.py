"""The text of a prompt as calls recorded it, and how many different texts hide behind one name. Pure.

A template is recorded by few; else the system prompt is what is there, with the values of the call filled in.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from hashlib import sha256

from msgspec import Struct

from tracetui.model import Payload, Refusal, Text
from tracetui.store.prompts import PromptCall
from tracetui.workspace.haystack import find_attribute

_TEMPLATES = (
    "llm.prompt_template.template",
    "gen_ai.prompt.template",
    "prompt.template",
    "prompt_template",
    "input.prompt.template",
)
"""Attributes that hold a template: OpenInference's, and how people write it by hand."""
_SYSTEM_ROLES = ("system", "developer")
_ALIKE = 0.8
"""Share of words in common from which two texts count as one with other values filled in."""
_HEAD_WORDS = 100
"""Instructions come first; what is filled in after them (documents, a profile) may be most of the text."""
_REPEATED = 4
"""Where a text comes back as often as that on average, texts are told apart exactly: nothing was filled in."""


class PromptText(Struct, frozen=True):
    """What a call says its prompt was: a template, or a system prompt with values filled in."""

    text: str
    is_template: bool

    @property
    def fingerprint(self) -> str:
        """The first 12 hexadecimal digits of the SHA-256 of the text."""
        return sha256(self.text.encode(errors="surrogatepass")).hexdigest()[:12]


class Variant(Struct, frozen=True):
    """A text that differs from others under the same name: that of its first call, and how many of those that were
    looked at have it, or one like it."""

    text: PromptText
    calls: int
    first_ns: int
    last_ns: int


def prompt_text(payload: Payload) -> PromptText | None:
    """The template of a call, else its system prompt; None where neither was captured."""
    for path in _TEMPLATES:
        template = find_attribute(payload, path)
        if isinstance(template, str) and template.strip():
            return PromptText(template, True)
    if not isinstance(payload.input, tuple):
        return None
    texts = [
        part.text
        for message in payload.input
        if message.role in _SYSTEM_ROLES
        for part in message.parts
        if isinstance(part, Text | Refusal)
    ]
    text = "\n".join(texts)
    return PromptText(text, False) if text.strip() else None


def variants(found: Sequence[tuple[PromptCall, PromptText]]) -> list[Variant]:
    """The different texts of one prompt, in the order of their first call.

    Texts that come back again and again are told apart exactly. Where nearly each call has its own, values were filled
    in: then those count as one that have four fifths of their words in common, in all or in their first hundred.
    """
    exact = len({text for _, text in found}) * _REPEATED <= len(found)
    groups: list[list[tuple[PromptCall, PromptText]]] = []
    for call, text in found:
        group = next((group for group in groups if _is_same(group[0][1], text, exact)), None)
        if group is None:
            groups.append([(call, text)])
        else:
            group.append((call, text))
    return [
        Variant(
            group[0][1],
            len(group),
            min(call.start_ns for call, _ in group),
            max(call.start_ns for call, _ in group),
        )
        for group in groups
    ]


def _is_same(one: PromptText, other: PromptText, exact: bool) -> bool:
    if one == other:
        return True
    if exact or one.is_template or other.is_template:
        return False
    words, others = one.text.split(), other.text.split()
    return _share(words[:_HEAD_WORDS], others[:_HEAD_WORDS]) >= _ALIKE or likeness(one.text, other.text) >= _ALIKE


_COMPARED_WORDS = 400


def likeness(one: str, other: str) -> float:
    """The share of words in order that two texts have in common, over the first 400 words of each."""
    return _share(one.split()[:_COMPARED_WORDS], other.split()[:_COMPARED_WORDS])


def _share(words: Sequence[str], others: Sequence[str]) -> float:
    matcher = SequenceMatcher(None, words, others, autojunk=False)
    if matcher.quick_ratio() < _ALIKE / 2:
        return matcher.quick_ratio()
    return matcher.ratio()


def evenly(calls: Sequence[PromptCall], most: int) -> list[PromptCall]:
    """At most so many of the calls, spread over all of them, the first and the last among them."""
    if len(calls) <= most:
        return list(calls)
    return [calls[round(index * (len(calls) - 1) / (most - 1))] for index in range(most)]
