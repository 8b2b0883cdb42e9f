"""The findings over samples that are made up, without any store."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracetui.analysis.regressions import find_regressions
from tracetui.analysis.thumbs import Scales, values_by_name
from tracetui.config import Check
from tracetui.figures import Rating, Sample
from tracetui.query import compile_filter

NAMES = st.text(max_size=8)


@st.composite
def samples(draw: st.DrawFn, most: int) -> Sample:
    n = draw(st.integers(1, most))
    times = st.lists(st.integers(0, 10**10), max_size=n)
    money = st.lists(st.floats(0, 10), max_size=n)
    ratings = st.builds(
        Rating, NAMES, st.none() | st.floats(-5, 5), st.none() | NAMES, st.sampled_from(["human", "llm"])
    )
    return Sample(
        key=(draw(st.none() | st.text(min_size=1, max_size=8)),),
        traces=n, errors=draw(st.integers(0, n)), refused=draw(st.integers(0, n)),
        calls=n, call_errors=draw(st.integers(0, n)), call_refused=draw(st.integers(0, n)),
        tools=n, tool_errors=draw(st.integers(0, n)),
        trace_ns=draw(times), call_ns=draw(times), trace_usd=draw(money), call_usd=draw(money),
        call_tokens=draw(st.lists(st.integers(0, 10**6), max_size=n)), ratings=draw(st.lists(ratings, max_size=n)),
    )  # fmt: skip


@settings(max_examples=60)
@given(samples(9), samples(9), st.sampled_from(["traces", "calls"]))
def test_fewer_than_the_least_are_never_an_alarm(before: Sample, now: Sample, of: object) -> None:
    found = find_regressions([before], [now], ["feature"], of, Check(least=10))  # type: ignore[arg-type]
    assert "regression" not in {finding.verdict for finding in found}


@settings(max_examples=30)
@given(samples(12), samples(12), st.sampled_from(["traces", "calls"]))
def test_the_filter_of_every_finding_is_one(before: Sample, now: Sample, of: object) -> None:
    for finding in find_regressions([before], [now], ["feature"], of, Check(least=1)):  # type: ignore[arg-type]
        assert (finding.verdict == "fine") == (not finding.behind)
        compile_filter(finding.behind, now_ns=0)


@settings(max_examples=30)
@given(samples(12), st.sampled_from(["traces", "calls"]))
def test_a_sample_is_no_worse_than_itself(sample: Sample, of: object) -> None:
    found = find_regressions([sample], [sample], ["feature"], of, Check(least=1, refusal_rate=0))  # type: ignore[arg-type]
    assert {finding.verdict for finding in found} <= {"fine"}


def test_a_group_without_a_baseline_is_held_to_nothing_but_the_refusal_rate() -> None:
    now = Sample(key=("new",), traces=50, errors=50, refused=50, trace_ns=[10**12] * 50)
    found = {
        finding.change.measure.key: finding.verdict for finding in find_regressions([], [now], ["f"], "traces", Check())
    }
    assert found == {"refusal_rate": "regression", "error_rate": "fine", "latency_mean": "fine", "latency_p95": "fine"}


@pytest.mark.parametrize(
    ("values", "down"),
    [([0, 1, 1], 1), ([-1, 1, 1], 1), ([1, 2, 3, 4, 5], 2), ([0.0, 0.5, 1.0], 1), ([3, 4, 5], 0)],
)
def test_thumbs_and_stars_are_told_apart_by_their_scale(values: list[float], down: int) -> None:
    ratings = [Rating("r", float(value), None, "human") for value in values]
    assert sum(map(Scales(ratings).is_down, ratings)) == down


@pytest.mark.parametrize(
    ("label", "is_down"), [("👎", True), ("Thumbs Down", True), ("dislike", True), ("good", False)]
)
def test_a_word_can_be_a_thumb(label: str, is_down: bool) -> None:
    rating = Rating("r", None, label, "human")
    assert Scales([rating]).is_down(rating) is is_down


def test_only_people_give_thumbs_unless_names_are_given() -> None:
    ratings = [
        Rating("judge", 0.0, None, "llm"),
        Rating("user", 0.0, None, "human"),
        Rating("user", None, None, "human"),
    ]
    assert [Scales(ratings).is_thumb(rating) for rating in ratings] == [False, True, False]
    assert [Scales(ratings, ["judge"]).is_thumb(rating) for rating in ratings] == [True, False, False]
    assert values_by_name(ratings) == {"judge": [0.0], "user": [0.0]}
