"""What the tests of exported files have in common: a folder of samples against its `expected.json`, and damaged copies."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tracetui
from tracetui.model import Payload, Span, ToolCall
from tracetui.workspace import Workspace

DATA = Path(__file__).parents[1] / "data" / "exports"
SETS = {"set:ui-traces+observations": ("*-lf-traces-*.jsonl", "*-lf-observations-*.jsonl")}
COUNTED = ("traces", "spans", "users", "sessions", "kinds", "statuses", "trace_statuses", "tokens", "models")


def expected(folder: str) -> dict[str, Any]:
    """The files of a folder, and what a reader has to find in each."""
    found: dict[str, Any] = json.loads((DATA / folder / "expected.json").read_text())["files"]
    return found


def paths_of(folder: str, key: str) -> list[Path]:
    """The files that a key of `expected.json` stands for."""
    if key in SETS:
        return [path for pattern in SETS[key] for path in (DATA / folder).glob(pattern)]
    names = key.removeprefix("set:").split("+")
    return [next(DATA.joinpath(folder).glob(f"{name}*")) if name else DATA for name in names]


def check(folder: str, key: str, leave_out: tuple[str, ...] = ()) -> None:
    """Open the files together and compare everything that `expected.json` says. `leave_out` names what may differ."""
    about = {name: value for name, value in expected(folder)[key].items() if name not in leave_out}
    workspace = tracetui.open(*paths_of(folder, key))
    try:
        stats = workspace.stats()
        for name in COUNTED:
            if about.get(name) is not None:
                assert _slim(stats[name]) == _slim(about[name]), name
        check_money_and_scores(stats, about)
        if "skipped" in about:
            assert sum(source["skipped"] for source in stats["sources"]) == about["skipped"]
        if "start" in about:
            assert stats["start"][:26] == about["start"][:26]
        for sample in about.get("samples", ()):
            check_sample(workspace, sample, leave_out)
    finally:
        workspace.close()


def check_money_and_scores(stats: dict[str, Any], about: dict[str, Any]) -> None:
    cost = about.get("cost") or about.get("recorded_cost")
    if cost:
        usd = cost.get("recorded_usd", cost.get("usd"))
        assert abs(stats["cost"]["recorded_usd"] - usd) < 1e-9
    scores = about.get("scores")
    if isinstance(scores, list):
        assert {name: one["count"] for name, one in stats["scores"].items()} == dict(Counter(s["name"] for s in scores))
    if isinstance(scores, dict):
        wanted = {name: one["count"] if isinstance(one, dict) else 1 for name, one in scores.items()}
        assert {name: one["count"] for name, one in stats["scores"].items()} == wanted
        for name, one in scores.items():
            values = one.get("values") if isinstance(one, dict) else [one]
            if values:
                assert abs(stats["scores"][name]["mean"] - sum(values) / len(values)) < 1e-6


def check_sample(workspace: Workspace, sample: dict[str, Any], leave_out: tuple[str, ...]) -> None:
    """One span, field by field, with what was said and answered."""
    trace_id, span_id = sample.get("trace_id") or sample.get("trace"), sample.get("span_id") or sample.get("span")
    if trace_id is None or span_id is None:
        return
    span = next(node.span for node in workspace.tree(trace_id).nodes if node.span.span_id == span_id)
    for name in ("parent_id", "kind", "name", "start_ns", "end_ns", "status", "status_message", "model"):
        if name in sample and f"samples.{name}" not in leave_out:
            assert getattr(span, name) == sample[name], (span_id, name)
    if sample.get("usage"):
        assert usage_of(span) == sample["usage"], span_id
    if sample.get("cost_usd") is not None:
        assert span.cost.origin == "recorded"
        assert abs((span.cost.usd or 0) - sample["cost_usd"]) < 1e-12
    payload = workspace.payload(trace_id, span_id)
    assert payload.raw
    check_said(payload.input, sample.get("input_text") or sample.get("last_user_message"))
    check_said(payload.output, sample.get("output_text"))
    if sample["kind"] == "generation" and sample.get("tool_calls"):
        assert calls_in(payload) == [_call(call) for call in sample["tool_calls"]]


def usage_of(span: Span) -> dict[str, int]:
    """The buckets under the names of `expected.json`."""
    usage = span.usage
    return {
        "fresh": usage.input or 0,
        "cache_read": usage.cache_read or 0,
        "cache_write": usage.cache_write or 0,
        "output": usage.output or 0,
        "reasoning": usage.reasoning or 0,
    }


def check_said(content: Any, text: str | None) -> None:
    if text:
        assert any(text in found or _as_json(text) == _as_json(found) for found in texts_in(content)), text


def texts_in(content: Any) -> Iterator[str]:
    """Every text of messages, or a value as text, whole and part by part."""
    if isinstance(content, tuple):
        for message in content:
            for part in message.parts:
                for name in ("text", "content"):
                    found = getattr(part, name, None)
                    if found is not None:
                        yield found if isinstance(found, str) else json.dumps(found)
        return
    yield content if isinstance(content, str) else json.dumps(content)
    for value in content.values() if isinstance(content, dict) else ():
        yield value if isinstance(value, str) else json.dumps(value)


def _as_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def calls_in(payload: Payload) -> list[tuple[Any, ...]]:
    """Tool calls of an answer: id, name, arguments as JSON."""
    messages = payload.output if isinstance(payload.output, tuple) else ()
    calls = [part for message in messages for part in message.parts if isinstance(part, ToolCall)]
    return [_call((call.id, call.name, call.arguments)) for call in calls]


def _call(call: Any) -> tuple[Any, ...]:
    identity, name, given = (call["id"], call["name"], call["arguments"]) if isinstance(call, dict) else call
    return (identity, name, _as_json(given) if isinstance(given, str) else given)


def _slim(value: Any) -> Any:
    return {name: number for name, number in value.items() if number} if isinstance(value, dict) else value


def wrapped(path: Path, folder: Path, how: str) -> Path:
    """A copy of a file of lines or rows, changed in a way that changes nothing of what it says."""
    data = path.read_bytes()
    made = {
        "gz": lambda: gzip.compress(data),
        "bom": lambda: b"\xef\xbb\xbf" + data,
        "crlf": lambda: data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
        "no final newline": lambda: data.rstrip(b"\r\n"),
        "array": lambda: b"[\n" + b",\n".join(data.splitlines()) + b"\n]",
        "array with a trailing comma": lambda: b"[\n" + b",\n".join(data.splitlines()) + b",\n]",
        "twice": lambda: data.rstrip(b"\r\n") + b"\n" + data,
        "utf-16": lambda: data.decode().encode("utf-16"),
    }[how]()
    copy = folder / f"copy{path.suffix}"
    copy.write_bytes(made)
    return copy


def totals(*paths: Path) -> dict[str, Any]:
    """The counted part of `stats` of some files."""
    workspace = tracetui.open(*paths)
    try:
        stats = workspace.stats()
        return {name: stats[name] for name in (*COUNTED, "scores", "cost")} | {
            "skipped": sum(source["skipped"] for source in stats["sources"])
        }
    finally:
        workspace.close()
