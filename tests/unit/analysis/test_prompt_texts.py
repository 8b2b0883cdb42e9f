from __future__ import annotations

import pytest

from tracetui.analysis.prompt_texts import PromptText, evenly, likeness, prompt_text
from tracetui.model import Message, Payload, Text
from tracetui.store.prompts import PromptCall

SYSTEM = Message("system", (Text("Be brief."),))
USER = Message("user", (Text("Hi"),))


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        (Payload(input=(SYSTEM, USER)), PromptText("Be brief.", False)),
        (Payload(input=(Message("developer", (Text("Be kind."),)), USER)), PromptText("Be kind.", False)),
        (Payload(input=(SYSTEM,), attributes={"llm.prompt_template.template": "Be {how}."}), PromptText("Be {how}.", True)),
        (Payload(attributes={"llm": {"prompt_template": {"template": "Be {how}."}}}), PromptText("Be {how}.", True)),
        (Payload(input=(USER,)), None),
        (Payload(input={"system": "not a conversation"}), None),
        (Payload(), None),
    ],
)  # fmt: skip
def test_a_template_comes_before_the_system_prompt(payload: Payload, found: PromptText | None) -> None:
    assert prompt_text(payload) == found


def test_the_calls_that_are_looked_at_are_spread_from_first_to_last() -> None:
    calls = [PromptCall("t", str(index), index) for index in range(100)]
    picked = [call.start_ns for call in evenly(calls, 5)]
    assert picked == [0, 25, 50, 74, 99]
    assert evenly(calls[:3], 5) == calls[:3]


def test_likeness_is_of_words_in_order() -> None:
    assert likeness("be brief and kind", "be brief and kind") == 1
    assert likeness("be brief and kind", "be brief and rude") == 0.75
    assert likeness("a", "b") == 0


def test_a_lone_surrogate_has_a_fingerprint_too() -> None:
    assert len(PromptText("\ud800", False).fingerprint) == 12
