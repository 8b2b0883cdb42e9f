"""Names of people, found by presidio with a model of language: the extra `pii`."""

from __future__ import annotations

import importlib
from typing import Any

from tracetui.errors import MissingExtra, WrongUse
from tracetui.redaction.rules import MARK, Rule, Span


def make_name_rule(language: str) -> Rule:
    """The rule. Raises MissingExtra where presidio is not installed, WrongUse where its model of the language is not."""
    try:
        presidio = importlib.import_module("presidio_analyzer")
    except ImportError:
        raise MissingExtra("redacting names of people", "pii") from None
    try:
        engine = presidio.AnalyzerEngine()
        engine.analyze(text="Ada Lovelace", entities=["PERSON"], language=language)
    except (OSError, ValueError, SystemExit) as error:
        raise WrongUse(f"presidio cannot look for names in the language {language}: {error}") from None

    def find(text: str) -> list[Span]:
        return _outside_marks(text, engine.analyze(text=text, entities=["PERSON"], language=language))

    return Rule("person", "[PERSON]", find, is_text=True)


def _outside_marks(text: str, found: list[Any]) -> list[Span]:
    """Without those that touch a mark, of which a model may think that it is somebody."""
    marks = [match.span() for match in MARK.finditer(text)]
    return [
        (one.start, one.end)
        for one in found
        if one.end > one.start and not any(start < one.end and one.start < end for start, end in marks)
    ]
