"""Who answers at a port of the loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tracetui.collector.listen import Address, listen
from tracetui.doctor.ports import Port, judge_ports, look_at_ports


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A socket that says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server


@pytest.mark.parametrize("token", [None, "secret"])
def test_a_collector_of_ours_is_known_also_where_it_asks_for_a_token(tmp_path: Path, token: str | None) -> None:
    running = listen(tmp_path / "store.db", Address(port=0), token=token)
    try:
        (port,) = look_at_ports((running.address.port,))
    finally:
        running.close()
    assert port.state == "tracetui"
    assert list(judge_ports([port])) == []


def test_a_free_port_is_free(listening: socket.socket) -> None:
    number = listening.getsockname()[1]
    listening.close()
    assert look_at_ports((number,)) == [Port(number, "free")]


def test_somebody_who_says_nothing_is_another_program_and_is_not_waited_for(listening: socket.socket) -> None:
    (port,) = look_at_ports((listening.getsockname()[1],))
    assert port.state == "other"
    (finding,) = judge_ports([port])
    assert (finding.weight, "another program" in finding.what) == ("note", True)


def test_another_server_is_named() -> None:
    class Other(BaseHTTPRequestHandler):
        server_version = "Phoenix"
        sys_version = ""

        def version_string(self) -> str:
            return "Phoenix"

        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Other) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        (port,) = look_at_ports((server.server_port,))
        server.shutdown()
        thread.join()
    assert (port.state, port.server) == ("http", "Phoenix")
    (finding,) = judge_ports([port])
    assert "calls itself Phoenix" in finding.what
