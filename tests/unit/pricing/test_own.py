"""The user's own prices."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tracetui.errors import WrongUse
from tracetui.model import Usage
from tracetui.pricing import PriceBook, open_book

NOW = 1_795_176_000 * 10**9
MILLION = Usage(input=10**6, cache_read=10**6, output=10**6)

PRICES = """
[[price]]
match = "house-llama*"
input = 0.5
output = 1.5
cache_read = 0.1

[[price]]
match = "house-llama*"
input = 0.6
output = 1.6
from = 2026-01-01

[[price]]
match = "gpt-4o"
provider = "azure"
input = 2
output = 8
"""


@pytest.fixture
def book(tmp_path: Path) -> PriceBook:
    (tmp_path / "prices.toml").write_text(PRICES)
    return open_book(str(tmp_path / "prices.toml"))


def test_an_own_price_knows_a_model_that_the_list_does_not(book: PriceBook) -> None:
    cost = book.price_call(None, "House-Llama-70b", MILLION, int(datetime(2025, 5, 1, tzinfo=UTC).timestamp()) * 10**9)
    assert cost.usd == pytest.approx(0.5 + 0.1 + 1.5)
    assert cost.origin == "computed"
    assert cost.price == "own prices: house-llama*"


def test_a_later_own_price_corrects_an_earlier_one_from_its_day_on(book: PriceBook) -> None:
    cost = book.price_call(None, "house-llama-70b", MILLION, NOW)
    assert cost.usd == pytest.approx(0.6 + 0.6 + 1.6)
    assert cost.price == "own prices: house-llama* from 2026-01-01"


@pytest.mark.parametrize(("provider", "usd"), [("az.ai.openai", 12), ("azure", 12), ("openai", 13.75), (None, 13.75)])
def test_an_own_price_may_be_for_one_provider_in_any_spelling(
    book: PriceBook, provider: str | None, usd: float
) -> None:
    assert book.price_call(provider, "gpt-4o", MILLION, NOW).usd == pytest.approx(usd)


def test_an_own_price_may_be_for_a_provider_that_nobody_else_knows(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text('[[price]]\nmatch = "*"\nprovider = "acme"\ninput = 1\n')
    book = open_book(str(tmp_path / "p.toml"))
    assert book.price_call("ACME", "anything", Usage(input=10**6, output=5), NOW).usd == pytest.approx(1)
    assert book.price_call("other", "anything", Usage(input=10**6, output=5), NOW).usd is None


def test_why_names_the_own_price(book: PriceBook) -> None:
    assert book.why("azure", "gpt-4o", NOW) == "own prices: gpt-4o: $2 input, $8 output per million tokens."


def test_without_a_file_there_is_the_list_alone() -> None:
    assert open_book(None).price_call("openai", "gpt-4o", MILLION, NOW).usd == pytest.approx(13.75)


REFUSED = [
    ("[[price]]\ninput = 1", "missing required field `match`"),
    ('[[price]]\nmatch = "x"\ninput = "1"', "Expected `float`, got `str` - at `$.price[0].input`"),
    ('[[price]]\nmatch = "x"\ninput = 1\ninptu = 2', "unknown field `inptu`"),
    ("[prices]", "unknown field `prices`"),
    ("[[price", "is not valid TOML"),
]


@pytest.mark.parametrize(("text", "part"), REFUSED)
def test_a_wrong_price_file_is_refused(tmp_path: Path, text: str, part: str) -> None:
    (tmp_path / "p.toml").write_text(text)
    with pytest.raises(WrongUse) as refused:
        open_book(str(tmp_path / "p.toml"))
    assert part in str(refused.value)
    assert str(tmp_path / "p.toml") in str(refused.value)


def test_a_missing_price_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="cannot be read"):
        open_book(str(tmp_path / "none.toml"))


def test_a_price_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(WrongUse, match="not UTF-8"):
        open_book(str(tmp_path / "p.toml"))


def test_the_example_of_the_documentation_is_read(tmp_path: Path) -> None:
    blocks = (Path(__file__).parents[3] / "docs" / "prices.md").read_text().split("```toml\n")[1:]
    example = next(block.split("```")[0] for block in blocks if "[[price]]" in block)
    (tmp_path / "p.toml").write_text(example)
    book = open_book(str(tmp_path / "p.toml"))
    assert book.price_call("deepseek", "deepseek-chat", Usage(input=10**5, output=0), NOW).usd == pytest.approx(0.028)
    assert book.price_call("deepseek", "deepseek-chat", Usage(input=10**6, output=0), NOW).usd == pytest.approx(0.56)
