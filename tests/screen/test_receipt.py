"""The receipt: how a cost came about, of a span, a trace, and all that is listed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.screen.program import MEDIUM, NARROW, SMALL, TINY, WIDE, press, running, until
from tests.screen.screen_text import screen_lines
from tracetui.text import cell_width
from tracetui.workspace import open_workspace


async def test_a_call_shows_each_bucket_times_its_price(support_db: Path) -> None:
    async with running(support_db, query="model:claude*") as pilot:
        text = await press(pilot, "l number_sign", "How the cost came about", "computed")
        assert "claude-sonnet-4-5" in text
        assert "input_tokens" in text
        lines = re.findall(r"([\d,]+) × +\$([\d.]+) / M = +\$([\d.]+)", text)
        assert len(lines) >= 2
        for tokens, rate, usd in lines:
            assert int(tokens.replace(",", "")) * float(rate) / 1e6 == pytest.approx(float(usd), abs=1e-8)
        await press(pilot, "number_sign", "Spans ")


async def test_a_trace_shows_the_sum_of_its_calls_first(support_db: Path) -> None:
    async with running(support_db, query="tool:open_return") as pilot:
        await until(pilot, "Traces 51 ")
        text = await press(pilot, "number_sign t", "(3 of 3 priced)")
        assert "∑ $0.00" in text


async def test_what_is_listed_is_added_up_by_model_and_price_with_what_has_none(support_db: Path) -> None:
    async with running(support_db) as pilot:
        text = await press(pilot, "number_sign l", "474 of 522 priced")
        assert "claude-sonnet-4-5-20250929 · genai-prices" in text
        assert "acme-private-7b · no price: unknown model" in text
        assert "17 without: gpt-5-mini-2025-08-07 (no price: no usage)" in text
        total = open_workspace([support_db], wait=True).totals().cost_usd
        assert f"${total:,.8f}" in text


async def test_totals_lead_to_the_receipt_and_esc_back_to_them(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await press(pilot, "dollar_sign", "By model 5")
        await press(pilot, "number_sign", "474 of 522 priced")
        await press(pilot, "escape", "By model 5")


async def test_what_is_not_paid_for_says_so(support_db: Path) -> None:
    async with running(support_db, query="tool:get_order") as pilot:
        await until(pilot, "get_order")
        await press(pilot, "l j j number_sign", "nothing here is paid for")


@pytest.mark.parametrize("size", [WIDE, MEDIUM, NARROW, SMALL, TINY])
async def test_the_receipt_fits_the_terminal(support_db: Path, size: tuple[int, int]) -> None:
    async with running(support_db, size) as pilot:
        await press(pilot, "number_sign l", "How the cost came about")
        await until(pilot, "genai-prices")
        assert {cell_width(line) for line in screen_lines(pilot.app)} == {size[0]}
