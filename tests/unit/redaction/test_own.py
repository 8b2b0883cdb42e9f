"""The user's own rules, and names by presidio."""

from __future__ import annotations

import re
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tracetui.config import Config, Redaction, RedactRule
from tracetui.errors import MissingExtra, WrongUse
from tracetui.model import Json
from tracetui.redaction import make_redactor


def redacted(value: Json, *rules: RedactRule) -> Json:
    return make_redactor(Config(redact=rules)).redact(value)


def test_a_rule_of_the_user_puts_its_name_or_its_replacement() -> None:
    rules = (RedactRule(r"CUST-\d{6}", "customer no"), RedactRule(r"(?i)aurora", replacement="<project>"))
    assert redacted("CUST-123456 of Aurora", *rules) == "[CUSTOMER_NO] of <project>"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("metadata.customer", {"metadata": {"customer": "[X]", "other": "ab1"}, "input": "ab1"}),
        ("metadata", {"metadata": {"customer": "[X]", "other": "[X]"}, "input": "ab1"}),
        ("in*", {"metadata": {"customer": "ab1", "other": "ab1"}, "input": "[X]"}),
    ],
)
def test_a_rule_with_fields_looks_only_there(field: str, expected: Json) -> None:
    value = {"metadata": {"customer": "ab1", "other": "ab1"}, "input": "ab1"}
    assert redacted(value, RedactRule(r"ab\d", "x", fields=(field,))) == expected


def test_a_field_is_found_in_otlp_and_in_json_within_text() -> None:
    rule = RedactRule(r"ab\d", "x", fields=("customer",))
    value = [{"key": "customer", "value": {"stringValue": "ab1"}}, {"text": '{"customer": "ab1", "b": "ab1"}'}]
    found = redacted(value, rule)
    assert found == [{"key": "customer", "value": {"stringValue": "[X]"}}, {"text": '{"customer": "[X]", "b": "ab1"}'}]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (RedactRule("[", "a"), "none that Python understands"),
        (RedactRule("x*", "a"), "matches where there is nothing"),
        (RedactRule("EMAIL", replacement="[EMAIL]"), "matches its own replacement"),
        (RedactRule("secret-x", replacement="a@example.com"), "another rule redacts its replacement"),
        (RedactRule("(a+)+b", "a"), "too slow"),
        (RedactRule(r"(\w+\s?)+$", "a"), "too slow"),
        (RedactRule("foo(a|a)*z", "a"), "too slow"),
        (RedactRule("(x+x+)+y", "a"), "too slow"),
        (RedactRule(".*foo", "a"), "too slow"),
    ],
)
def test_a_rule_that_cannot_be_trusted_is_refused_in_a_sentence(rule: RedactRule, said: str) -> None:
    with pytest.raises(WrongUse, match=re.escape(said)):
        redacted("x", rule)


@pytest.mark.parametrize(
    "regex",
    [
        r"CUST-\d+",
        r"\b\d{4}-X\b",
        r"(?i)project (aurora|borealis)",
        r"[A-Z]{3}\d{2,8}",
        r"ACME\w+",
        "a",
        r"(?<=id: )\d{5}",
    ],
)
def test_an_ordinary_rule_is_taken(regex: str) -> None:
    assert redacted("?", RedactRule(regex, "x", "<>")) == "?"


def test_a_rule_can_be_switched_off() -> None:
    redactor = make_redactor(Config(redaction=Redaction(off=("ip",))))
    assert redactor.redact("10.20.30.40 a@example.com") == "10.20.30.40 [EMAIL]"
    with pytest.raises(WrongUse, match="did you mean email"):
        make_redactor(Config(redaction=Redaction(off=("emial",))))


class _Engine:
    def analyze(self, text: str, entities: list[str], language: str) -> list[Any]:
        if language != "en":
            raise ValueError("no model")
        return [SimpleNamespace(start=m.start(), end=m.end()) for m in re.finditer("Ada Lovelace|EMAIL", text)]


@pytest.fixture
def presidio(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("presidio_analyzer")
    module.AnalyzerEngine = _Engine  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "presidio_analyzer", module)


@pytest.mark.usefixtures("presidio")
def test_names_are_found_by_presidio_where_they_are_asked_for() -> None:
    redactor = make_redactor(Config(redaction=Redaction(names=True)))
    found = redactor.redact({"Ada Lovelace": "Ada Lovelace a@example.com"})
    assert found == {"Ada Lovelace": "[PERSON] [EMAIL]"}
    assert redactor.redact(found) == found
    assert make_redactor(Config()).redact("Ada Lovelace") == "Ada Lovelace"


@pytest.mark.usefixtures("presidio")
def test_a_language_without_a_model_is_said() -> None:
    with pytest.raises(WrongUse, match="in the language xx: no model"):
        make_redactor(Config(redaction=Redaction(names=True, language="xx")))


def test_without_presidio_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    with pytest.raises(MissingExtra, match=r"tracetui\[pii\]"):
        make_redactor(Config(redaction=Redaction(names=True)))
