"""Headers of any bytes: nothing in them is a defect, and what must not pass does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.collector.proxy_headers import (
    answered_on,
    asked_on,
    kept_of_request,
    kept_query,
    secrets_of,
    told_by,
)

NAMES = st.sampled_from(
    [b"helicone-session-id", b"helicone-session-path", b"helicone-property-a", b"helicone-property-", b"helicone-x-key",
     b"traceparent", b"connection", b"authorization", b"x-api-key", b"cookie", b"accept-encoding", b"host", b"content-type",
     b"user-agent", b"content-length", b"transfer-encoding", b"x-other"]
)  # fmt: skip
HEADERS = st.lists(st.tuples(NAMES, st.binary(max_size=40)), max_size=8)


@given(HEADERS, st.binary(max_size=60))
def test_no_header_and_no_query_is_a_defect(headers: list[tuple[bytes, bytes]], query: bytes) -> None:
    told_by(headers)
    kept_query(query)
    kept_of_request(headers)
    secrets_of(headers, query)
    passed = asked_on(headers, b"up")
    assert [value for name, value in passed if name == b"host"] == [b"up"]
    assert not any(name.startswith(b"helicone-") or name in (b"connection", b"transfer-encoding") for name, _ in passed)
    assert (b"helicone-id", b"x") in answered_on(headers, "x")


@given(HEADERS)
def test_values_of_keys_are_not_among_what_is_kept(headers: list[tuple[bytes, bytes]]) -> None:
    told, kept = told_by(headers), kept_of_request(headers)
    assert not {"authorization", "x-api-key", "cookie"} & {*kept, *told.attributes}
    assert "helicone-x-key" not in told.attributes


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        (b"", ""),
        (b"api-version=2024-10-21&api-key=abcdefgh", "api-version=2024-10-21&api-key=[KEY]"),
        (b"key=abcdefgh&alt=sse", "key=[KEY]&alt=sse"),
        (b"after=&access_token=x%20y", "after=&access_token=[KEY]"),
    ],
)
def test_a_query_is_kept_without_its_keys(query: bytes, kept: str) -> None:
    assert kept_query(query) == kept


@pytest.mark.parametrize(
    ("headers", "query", "secrets"),
    [
        ([(b"authorization", b"Bearer sk-1234567")], b"", (b"sk-1234567",)),
        ([(b"authorization", b"sk-1234567")], b"", (b"sk-1234567",)),
        ([(b"x-api-key", b"abc")], b"", ()),
        ([(b"x-api-key", b"first-key")], b"key=second%2Dlonger", (b"second-longer", b"first-key")),
    ],
)
def test_keys_are_found_wherever_they_stand(
    headers: list[tuple[bytes, bytes]], query: bytes, secrets: tuple[bytes, ...]
) -> None:
    assert secrets_of(headers, query) == secrets


@pytest.mark.parametrize(
    ("given_", "passed"),
    [
        (b"gzip, deflate", b"gzip, deflate"),
        (b"gzip, br, zstd;q=0.5", b"gzip, zstd;q=0.5"),
        (b"br", b"identity"),
        (b"*", b"identity"),
    ],
)
def test_of_codings_those_stay_that_are_read(given_: bytes, passed: bytes) -> None:
    assert dict(asked_on([(b"accept-encoding", given_)], b"h"))[b"accept-encoding"] == passed


def test_who_sends_a_length_and_pieces_means_the_pieces() -> None:
    headers = [(b"content-length", b"5"), (b"transfer-encoding", b"chunked")]
    assert asked_on(headers, b"h") == [(b"host", b"h")]
