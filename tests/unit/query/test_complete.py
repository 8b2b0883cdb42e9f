"""What is offered at the cursor, and what putting it in gives."""

from __future__ import annotations

import pytest

from tracetui.errors import FilterError
from tracetui.query import FIELDS, FLAGS, complete, parse
from tracetui.query.complete import Completion

SEEN = {
    "model": [("gpt-5", 120), ("gpt-5-mini", 30), ("claude 4", 2), ('say "x"', 1), ("a*b", 1), ("a,b", 1), ("x)", 1)],
    "name": [("1..5", 1), ("/re/", 1), (">5", 1), ("", 1)],
    "tag": [("beta", 3)],
    "score": [("helpful", 9), ("user rating", 2), ("a:b", 1)],
    "score.helpful": [("good", 4)],
    "score.user rating": [("bad", 4)],
    "metadata": [("tier", 9), ("a.b", 2)],
    "metadata.tier": [("gold", 4)],
    "metadata.a.b": [("deep", 4)],
    "@": [("http.status_code", 9), ("weird key", 1)],
    "@http.status_code": [("500", 7)],
}


def observed(what: str, prefix: str) -> list[tuple[str, int]]:
    """Values as a workspace has seen them."""
    return [(value, count) for value, count in SEEN.get(what, []) if prefix.lower() in value.lower()]


def offered(text: str, cursor: int | None = None) -> list[Completion]:
    """What is offered at the cursor, which is at the end where nothing else is said."""
    return complete(text, len(text) if cursor is None else cursor, observed)


def results(text: str, cursor: int | None = None) -> list[str]:
    """The filters that the proposals give."""
    return [text[: one.start] + one.text + text[one.end :] for one in offered(text, cursor)]


def test_every_field_flag_and_scope_is_offered_at_the_start() -> None:
    labels = {one.label for one in offered("")}
    assert {field.name for field in FIELDS} <= labels
    assert {"is", "has", "@", "any(…)", "root(…)", "all(…)"} <= labels


@pytest.mark.parametrize("before", ["", "kind:tool ", "(", "-", "any(", "a OR ", '"x y" '])
def test_fields_are_offered_wherever_a_term_can_begin(before: str) -> None:
    assert results(f"{before}mod")[0] == f"{before}model:"


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("lat", "latency:"), ("dur", "latency:"), ("sco", "score."), ("meta", "metadata."), ("is", "is:"), ("an", "any("),
        ("MOD", "model:"), ("score.h", "score.helpful:"), ("score.u", 'score."user rating":'),
        ("metadata.ti", "metadata.tier:"), ("metadata.a", 'metadata."a.b":'), ("@ht", "@http.status_code:"),
        ("@we", '@"weird key":'), ("status:e", "status:error"), ("status:error,r", "status:error,refused"),
        ("is:un", "is:unrated"), ("has:c", "has:cost"), ("model:gpt", "model:gpt-5"), ("model:=gpt", "model:=gpt-5"),
        ("model=gpt", "model=gpt-5"), ("model:cl", 'model:"claude 4"'), ('model:"cl', 'model:"claude 4"'),
        ("model:o3,gpt", "model:o3,gpt-5"), ("tag:b", "tag:beta"), ("score.helpful:g", "score.helpful:good"),
        ('score."user rating":b', 'score."user rating":bad'), ("metadata.tier:g", "metadata.tier:gold"),
        ("metadata.a.b:d", "metadata.a.b:deep"), ("@http.status_code:5", "@http.status_code:500"),
        ("latency:>2", "latency:>2ms"), ("tokens:>2", "tokens:>2k"), ("since:2", "since:2m"), ("since:to", "since:today"),
        ("latency:", "latency:>"), ("kind:", "kind:agent"),
    ],
)  # fmt: skip
def test_the_first_proposal_gives(text: str, result: str) -> None:
    assert results(text)[0] == result


@pytest.mark.parametrize(
    "text", ['"mod', "/mod", 'name:"x" "y', "zzz:", "latency:fast", "text:", "model:/g", "model:zzz"]
)
def test_nothing_is_offered_where_nothing_fits(text: str) -> None:
    assert offered(text) == []


def test_values_say_how_often_they_were_seen() -> None:
    assert [(one.label, one.detail) for one in offered("model:gpt")] == [("gpt-5", "120×"), ("gpt-5-mini", "30×")]


def test_fields_say_what_they_are() -> None:
    assert offered("ttf")[0].detail == "time to the first token"


@pytest.mark.parametrize("field", ["model", "name"])
def test_a_value_that_is_put_in_parses_and_means_just_that_value(field: str) -> None:
    for (value, _), text in zip(SEEN[field], results(f"{field}:"), strict=True):
        if value:
            node = parse(text)
            assert node.values[0].parts == (value,)  # type: ignore[union-attr]
            continue
        with pytest.raises(FilterError, match="empty value"):
            parse(text)


@pytest.mark.parametrize(
    ("text", "cursor", "result"),
    [
        ("mod is:error", 3, "model: is:error"),
        ("model:g is:error", 7, "model:gpt-5 is:error"),
        ("model:g-old is:error", 7, "model:gpt-5 is:error"),
        ('model:"cl" is:error', 9, 'model:"claude 4" is:error'),
        ("model:g,o3", 7, "model:gpt-5,o3"),
        ("(sta", 4, "(status:"),
        ("any(status:e)", 12, "any(status:error)"),
        ("stat:error", 4, "status:error"),
        ("late>2s", 4, "latency:>2s"),
        ("an(is:error)", 2, "any(is:error)"),
    ],
)
def test_the_token_under_the_cursor_is_replaced(text: str, cursor: int, result: str) -> None:
    assert results(text, cursor)[0] == result


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.name)
def test_every_flag_is_offered(flag: object) -> None:
    assert flag.name in [one.label for one in offered("is:")]  # type: ignore[attr-defined]


def test_without_observed_values_fixed_ones_are_offered() -> None:
    assert complete("model:", 6) == []
    assert [one.text for one in complete("status:", 7)] == ["success", "error", "refused", "running"]


@pytest.mark.parametrize("cursor", [-5, 100])
def test_a_cursor_outside_of_the_text_is_at_its_end_or_start(cursor: int) -> None:
    assert complete("mod", cursor, observed)
