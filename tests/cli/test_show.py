from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import SUPPORT, T0, Run, has_no_controls, write_lines

SPAN_KEYS = [
    "span_id", "parent_id", "kind", "name", "start", "end", "duration_ms", "ttft_ms", "status", "status_message",
    "model", "provider", "finish_reason", "tokens", "cost", "input", "output", "tools", "prompt", "user_id",
    "session_id", "tags", "metadata", "attributes", "scores", "children",
]  # fmt: skip


def test_a_trace_is_one_json_object_with_its_spans_nested(process: Run, source: Path) -> None:
    ended = process("show", source, SUPPORT, "--json")
    assert (ended.code, ended.err) == (0, "")
    document = ended.json
    assert list(document) == ["trace", "root"]
    assert document["trace"]["trace_id"] == SUPPORT
    (root,) = document["root"]
    (generation,) = root["children"]
    (tool,) = generation["children"]
    assert list(generation) == SPAN_KEYS
    assert (generation["parent_id"], root["parent_id"]) == (root["span_id"], None)
    assert generation["start"] == "2026-11-18T11:06:40.001000Z"
    assert generation["ttft_ms"] == 120.0
    assert generation["tokens"] == {
        "input": 86, "cache_read": 100, "cache_write": None, "output": 31, "reasoning": None,
    }  # fmt: skip
    assert generation["cost"] == {"usd": 0.0031, "origin": "recorded", "reason": None, "price": None}
    assert generation["input"][0] == {"role": "system", "parts": [{"type": "text", "text": "Be brief."}]}
    (call,) = generation["output"][0]["parts"]
    assert (call["type"], call["name"], call["arguments"]) == ("tool_call", "get_order", {"id": "BX-1"})
    assert generation["tools"] == [{"name": "get_order", "description": "Look it up", "parameters": {"type": "object"}}]
    assert generation["prompt"] == {"name": "support", "version": "7"}
    assert generation["tags"] == ["vip"]
    assert generation["metadata"] == {"tier": "gold"}
    (score,) = generation["scores"]
    assert (score["name"], score["value"], score["source"], score["author"]) == ("user_rating", 2.0, "human", "maria")
    assert tool["input"] == {"id": "BX-1"}
    assert tool["status_message"] == "ToolError: 503"
    assert root["input"] == "Where is my order?"
    assert root["output"] is None


def test_an_orphan_is_a_root_and_says_so(call: Run, source: Path) -> None:
    (root,) = call("show", source, "1b2c", "--json").json["root"]
    assert root["orphan"] is True
    assert root["cost"]["usd"] is None
    assert root["cost"]["reason"]


@pytest.mark.parametrize("identity", [SUPPORT, "0af7", "b7ad6b7169203331", "b7ad6b7169203332", "00f0"])
def test_the_id_of_a_trace_or_a_span_or_its_beginning_finds_the_trace(call: Run, source: Path, identity: str) -> None:
    assert call("show", source, identity, "--json").json["trace"]["trace_id"] == SUPPORT


def test_the_text_has_the_tree_and_the_messages(call: Run, source: Path) -> None:
    ended = call("show", source, SUPPORT)
    assert ended.code == 0
    for part in (
        "● support-agent",
        "└─ ● ✦ chat gpt-5-mini",
        "   └─ ✕ ƒ get_order",
        "186→31 tok",
        "$0.0031",
        "user maria",
        "input · system",
        "     Be brief.",
        '→ get_order({"id":"BX-1"}) [c1]',
        "error: ToolError: 503",
        "★ user_rating 2 (human: maria)",
        "tools offered: get_order",
    ):
        assert part in ended.out


def test_with_the_id_of_a_span_only_its_messages_follow_the_tree(call: Run, source: Path) -> None:
    text = call("show", source, "b7ad6b7169203332").out
    assert "chat gpt-5-mini" in text
    assert "Be brief." not in text
    assert '"id": "BX-1"' in text


def test_markdown_is_a_report(call: Run, source: Path) -> None:
    ended = call("show", source, SUPPORT, "--markdown")
    assert ended.out.startswith("# ● `support-agent`\n")
    assert "```\nBe brief.\n```" in ended.out


def test_two_forms_at_once_are_wrong_use(call: Run, source: Path) -> None:
    assert call("show", source, SUPPORT, "--json", "--markdown").code == 2


def test_a_trace_of_a_thousand_levels_is_shown(call: Run, tmp_path: Path) -> None:
    lines = [
        {"trace_id": "deep", "span_id": f"s{level}", "parent_id": f"s{level - 1}" if level else None,
         "name": f"step {level}", "start_ns": T0 + level, "end_ns": T0 + 5000}
        for level in range(1000)
    ]  # fmt: skip
    path = write_lines(tmp_path / "deep.jsonl", lines)
    document = call("show", path, "deep", "--json")
    assert document.code == 0
    assert document.out.count('"children":[') == 1000
    text = call("show", path, "deep")
    assert text.code == 0
    assert "999 deep" in text.out


@pytest.mark.parametrize("form", [[], ["--json"], ["--markdown"]])
def test_no_text_of_a_hostile_trace_acts_on_the_terminal(call: Run, hostile: Path, form: list[str]) -> None:
    (trace,) = call("ls", hostile, "--json").lines
    ended = call("show", hostile, trace["trace_id"], *form)
    assert ended.code == 0
    assert has_no_controls(ended.out)


def test_a_span_of_any_kind_of_text_is_valid_json(call: Run, tmp_path: Path) -> None:
    path = tmp_path / "odd.jsonl"
    path.write_text(
        '{"tracetui":1,"trace_id":"t","span_id":"s","start_ns":1,"name":"\\ud800","metadata":{"n":NaN},"input":"\\u0000"}\n'
    )
    (root,) = json.loads(call("show", path, "t", "--json").out)["root"]
    assert root["metadata"] == {"n": None}
    assert root["input"] == "\x00"
