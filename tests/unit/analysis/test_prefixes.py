"""How much of what was sent had been sent before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracetui.analysis.prefixes import BLOCK, LEAST, MOST, Prompt, find_prefixes
from tracetui.model import Usage

SYSTEM = bytes(range(256)) * 32
"""8 kB: two of the least length."""


def test_a_first_call_repeats_nothing() -> None:
    found = find_prefixes([Prompt(SYSTEM)])
    assert (found.calls, found.bytes, found.repeated_bytes, found.prefixes) == (1, len(SYSTEM), 0, ())


def test_a_prompt_that_grows_repeats_what_was_sent_before() -> None:
    found = find_prefixes([Prompt(SYSTEM), Prompt(SYSTEM + b"a" * 3000), Prompt(SYSTEM + b"a" * 3000 + b"b" * 3000)])
    assert found.repeated_bytes == len(SYSTEM) + len(SYSTEM) + 2 * BLOCK
    assert [prefix.calls for prefix in found.prefixes] == [1, 1]


def test_the_same_beginning_is_one_prefix_with_one_digest() -> None:
    found = find_prefixes(Prompt(SYSTEM + letter * 2000) for letter in (b"a", b"b", b"c"))
    (prefix,) = found.prefixes
    assert (prefix.bytes, prefix.calls) == (len(SYSTEM), 2)
    assert len(prefix.digest) == 12


def test_what_comes_again_behind_another_beginning_is_not_repeated() -> None:
    assert find_prefixes([Prompt(SYSTEM), Prompt(b"10:02" + SYSTEM)]).repeated_bytes == 0


def test_a_prefix_too_short_for_any_cache_is_not_counted() -> None:
    short = SYSTEM[: LEAST - 1]
    assert find_prefixes([Prompt(short), Prompt(short)]).repeated_bytes == 0


def test_tokens_are_the_repeated_part_of_what_was_recorded() -> None:
    usage = Usage(input=1000, cache_read=1000, output=9)
    found = find_prefixes([Prompt(SYSTEM, usage), Prompt(SYSTEM, usage), Prompt(SYSTEM)])
    assert (found.repeated_tokens, found.cache_read_tokens) == (2000, 2000)


def test_without_usage_there_are_no_tokens() -> None:
    assert find_prefixes([Prompt(SYSTEM), Prompt(SYSTEM)]).repeated_tokens is None


def test_a_huge_prompt_is_looked_at_up_to_a_limit() -> None:
    huge = b"x" * (MOST * 2)
    assert find_prefixes([Prompt(huge), Prompt(huge)]).repeated_bytes == MOST


@given(st.lists(st.binary(max_size=3 * LEAST), max_size=6))
def test_no_more_is_repeated_than_was_sent(sent: list[bytes]) -> None:
    found = find_prefixes(map(Prompt, [*sent, *sent]))
    assert found.repeated_bytes <= found.bytes
    assert found.repeated_bytes >= sum(len(one) // BLOCK * BLOCK for one in sent if len(one) >= LEAST)
