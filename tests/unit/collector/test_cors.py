"""Web pages: those whose origin the user allowed, and no others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.collector.conftest import Client, totals
from tests.unit.collector.test_otlp import request, span
from tracetui.collector.listen import Listening
from tracetui.errors import WrongUse

Start = Callable[..., Listening]
PAGE = "http://localhost:3000"
ASKING = {"access_control_request_method": "POST", "access_control_request_headers": "content-type,x-api-key"}


@pytest.fixture
def client(start: Start) -> Client:
    return Client(start(origins=[PAGE, "HTTPS://Shop.Example/"]).address)


@pytest.mark.parametrize("origin", [PAGE, "https://shop.example"])
def test_a_page_that_is_allowed_may_send_and_read_the_answer(client: Client, store: Path, origin: str) -> None:
    answer = client.post_json("/v1/traces", request(span()), origin=origin, sec_fetch_site="cross-site")
    assert (answer.status, answer.headers["access-control-allow-origin"], answer.headers["vary"]) == (
        200, origin, "origin",
    )  # fmt: skip
    assert "access-control-allow-credentials" not in answer.headers
    assert totals(store)["spans"] == 1


@pytest.mark.parametrize("path", ["/v1/traces", "/api/public/ingestion", "/runs/batch", "/feedback"])
def test_a_browser_that_asks_first_is_told_what_it_may(client: Client, path: str) -> None:
    answer = client.send("OPTIONS", path, origin=PAGE, access_control_request_private_network="true", **ASKING)
    told = {key: item for key, item in answer.headers.items() if key.startswith("access-control-allow")}
    assert (answer.status, answer.body) == (204, b"")
    assert told == {
        "access-control-allow-origin": PAGE, "access-control-allow-methods": "GET, POST, PUT, PATCH",
        "access-control-allow-headers": "content-type,x-api-key", "access-control-allow-private-network": "true",
    }  # fmt: skip


@pytest.mark.parametrize(
    "origin", ["http://localhost:3001", "https://localhost:3000", "null", "http://localhost:3000.a"]
)
@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
def test_other_pages_are_refused_and_told_nothing(client: Client, store: Path, origin: str, method: str) -> None:
    asking = ASKING if method == "OPTIONS" else {"content_type": "application/json"}
    answer = client.send(method, "/v1/traces", b"{}", origin=origin, **asking)
    assert answer.status == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_page_that_is_allowed_still_needs_the_token_and_can_read_why(start: Start) -> None:
    client = Client(start(origins=[PAGE], token="s3cret").address)
    assert client.send("OPTIONS", "/v1/traces", origin=PAGE, **ASKING).status == 204
    answer = client.post_json("/v1/traces", request(span()), origin=PAGE)
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (401, PAGE)
    assert client.post_json("/v1/traces", request(span()), origin=PAGE, x_api_key="s3cret").status == 200


def test_a_rebound_name_is_refused_whatever_the_origin(client: Client) -> None:
    assert client.post_json("/v1/traces", request(span()), origin=PAGE, host="evil.example").status == 403


@pytest.mark.parametrize("text", ["*", "null", "localhost:3000", "http://a/b", "http://a b", "", "file://x"])
def test_what_is_no_origin_is_a_sentence(start: Start, store: Path, text: str) -> None:
    with pytest.raises(WrongUse, match="no origin"):
        start(origins=[text])
    assert not store.exists()
