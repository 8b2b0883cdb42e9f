"""`tracetui listen` as a process: it answers when it is on disk, also if it is killed then."""

from __future__ import annotations

import importlib.util
import json
import re
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.unit.collector.test_otlp import as_protobuf
from tracetui.cli import open_ as open_module
from tracetui.cli.listen import Wanted, begin
from tracetui.collector import listen as collector
from tracetui.collector.listen import Listening

from .conftest import COMMAND, Run, environment

BATCH = 40


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that collects into dev.db, and the address that it printed."""
    with subprocess.Popen(
        [*COMMAND, "listen", "127.0.0.1:0", "--into", str(tmp_path / "dev.db"), "--grpc", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), text=True,
    ) as running:  # fmt: skip
        assert running.stderr is not None
        first = running.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", first)
        assert found is not None, first
        yield running, found[0]
        running.kill()


def send(url: str, first: int) -> int:
    spans = [
        {"traceId": f"{number:032x}", "spanId": f"{number:016x}", "name": "a", "startTimeUnixNano": "1795000000000000000",
         "endTimeUnixNano": "1795000001000000000"}
        for number in range(first, first + BATCH)
    ]  # fmt: skip
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode()
    asked = urllib.request.Request(url + "/v1/traces", body, {"content-type": "application/json"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return int(answer.status)


def test_everything_that_was_acknowledged_is_there_after_a_kill(
    listening: tuple[subprocess.Popen[str], str], tmp_path: Path, call: Run
) -> None:
    running, url = listening
    assert [send(url, 1 + number * BATCH) for number in range(5)] == [200] * 5
    running.send_signal(signal.SIGKILL)
    running.wait(timeout=30)
    assert call("stats", tmp_path / "dev.db", "--json").json["spans"] == 5 * BATCH


def test_it_prints_what_came_and_ends_when_it_is_told_to(listening: tuple[subprocess.Popen[str], str]) -> None:
    running, url = listening
    send(url, 1)
    assert running.stdout is not None
    assert f"{BATCH} spans" in running.stdout.readline()
    running.send_signal(signal.SIGTERM)
    assert running.wait(timeout=30) == 0


def test_grpc_is_served_beside_it(listening: tuple[subprocess.Popen[str], str], tmp_path: Path, call: Run) -> None:
    running, _ = listening
    assert running.stderr is not None
    found = next(line for line in running.stderr if "gRPC" in line)
    with grpc.insecure_channel(found.split()[-1]) as channel:
        channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")(as_protobuf(), timeout=30)
    running.send_signal(signal.SIGKILL)
    running.wait(timeout=30)
    assert call("stats", tmp_path / "dev.db", "--json").json["spans"] == 1


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Callable[[str | None], Listening]]:
    """Start collectors as the command does, each with a store of its own, that end with the test."""
    running: list[Listening] = []

    def start(port: str | None) -> Listening:
        running.append(begin(str(tmp_path / f"{len(running)}.db"), Wanted("0", grpc=port)))
        return running[-1]

    yield start
    for one in running:
        one.close()


def test_the_usual_port_of_grpc_is_taken_where_it_is_free(
    begun: Callable[[str | None], Listening], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collector, "GRPC_PORT", 0)
    first = begun(None).grpc_address
    assert first is not None
    monkeypatch.setattr(collector, "GRPC_PORT", first.port)
    assert begun(None).grpc_address is None
    assert begun("off").grpc_address is None


def test_without_its_package_grpc_is_not_served(
    begun: Callable[[str | None], Listening], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collector, "has_grpc", lambda: False)
    assert begun(None).grpc_address is None


def test_the_proxy_says_what_to_set_and_records_what_passes(tmp_path: Path, call: Run) -> None:
    words = ["proxy", "127.0.0.1:0", "--into", str(tmp_path / "dev.db"), "--openai-upstream", "http://127.0.0.1:9/v1"]
    with subprocess.Popen([*COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), text=True) as running:  # fmt: skip
        assert running.stderr is not None
        said = running.stderr.readline() + running.stderr.readline()
        found = re.search(r"OPENAI_BASE_URL=(http://127\.0\.0\.1:\d+/openai/v1)", said)
        assert found is not None, said
        asked = urllib.request.Request(found[1] + "/chat/completions", b"{}", {"content-type": "application/json"})
        with pytest.raises(urllib.error.HTTPError, match="502") as refused:
            urllib.request.urlopen(asked, timeout=30)
        refused.value.close()
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=30) == 0
    assert call("stats", tmp_path / "dev.db", "--json").json["statuses"]["error"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["listen"], "--into"),
        (["listen", "x:y", "--into", "a.db"], "HOST:PORT"),
        (["listen", "0", "--into", "/nowhere/a.db"], "/nowhere/a.db"),
        (["listen", "0", "--into", "a.db", "--grpc", "on"], "--grpc 4317"),
        (["listen", "0", "--into", "a.db", "--allow-origin", "*"], "http://localhost:3000"),
        (["proxy"], "--into"),
        (["proxy", "x:y", "--into", "a.db"], "HOST:PORT"),
        (["proxy", "0", "--into", "a.db", "--openai-upstream", "openai"], "https://api.openai.com"),
        (["listen", "0", "--into", "a.db", "--anthropic-upstream", "x"], "https://api.anthropic.com"),
    ],
)
def test_wrong_use_is_a_sentence(call: Run, words: list[str], said: str) -> None:
    ended = call(*words)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_without_the_extra_it_says_what_to_install(call: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    ended = call("listen", "0", "--into", tmp_path / "a.db")
    assert ended.code == 2
    assert 'pip install "tracetui[collect]"' in ended.err


@pytest.mark.parametrize(
    ("words", "store", "is_default"),
    [
        (["--listen"], "dev.db", True),
        (["--listen", "mine.db"], "mine.db", True),
        (["mine.db", "--listen"], "mine.db", True),
        (["mine.db", "--listen", "0"], "mine.db", False),
        (["--listen", "127.0.0.1:0", "mine.db"], "mine.db", False),
        (["mine.db", "--listen", "--redact"], "mine.db", True),
    ],
)
def test_open_collects_into_the_store_that_it_shows(
    call: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: list[str], store: str, is_default: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    seen: list[Any] = []

    def begin(path: str, wanted: Wanted) -> Listening:
        seen.append((path, wanted.address, wanted.redact))
        raise KeyboardInterrupt

    monkeypatch.setattr(open_module, "_begin_to_listen", begin)
    call("open", *words)
    assert seen[0][0] == store
    assert (seen[0][1] == "127.0.0.1:4318") is is_default
    assert seen[0][2] is ("--redact" in words)


@pytest.mark.parametrize("is_configured", [True, False])
def test_what_is_collected_is_redacted_where_the_command_or_the_configuration_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_configured: bool
) -> None:
    monkeypatch.setenv("TRACETUI_CONFIG_DIR", str(tmp_path))
    if is_configured:
        (tmp_path / "config.toml").write_text("[collect]\nredact = true\n")
    running = begin(str(tmp_path / "dev.db"), Wanted("0", grpc="off", redact=not is_configured))
    asked = urllib.request.Request(
        f"{running.url}/feedback", b'{"trace_id": "t", "rating": 1, "comment": "alice@example.com"}'
    )
    urllib.request.urlopen(asked, timeout=30).close()
    running.close()
    assert running.counts().redacted == 1
    assert b"alice" not in (tmp_path / "dev.db").read_bytes()
