"""Redaction by the commands: `redact`, `import --redact`, `export --redact`."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from .conftest import SUPPORT, T0, Run, write_lines

MAIL, PHONE, CARD = "alice@example.com", "+1 415-555-2671", 4111111111111111
KEY = "sk-proj-abc123DEF456ghi789JKL012mno345"
SECRETS = (MAIL, "415-555", str(CARD), KEY)


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A trace that says things that are nobody's business, in every place that a trace has."""
    line = {
        "trace_id": SUPPORT, "span_id": "b7ad6b7169203331", "kind": "generation", "name": f"mail to {MAIL}", "start_ns": T0,
        "end_ns": T0 + 10**9, "status": "error", "status_message": f"no such key {KEY}", "model": "gpt-5-mini", "provider": "openai",
        "user_id": MAIL, "session_id": "s-1", "usage": {"input": 86, "output": 31}, "tags": [MAIL], "metadata": {"phone": PHONE, MAIL: CARD},
        "input": [{"role": "user", "content": f"I am {MAIL}, {PHONE}"}],
        "output": [{"role": "assistant", "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "pay", "arguments": json.dumps({"card": CARD})}}]}],
        "attributes": {"http.request.header.authorization": f"Bearer {KEY}"}, "events": [{"name": "log", "body": MAIL}],
        "scores": [{"id": "s1", "name": "user_rating", "value": 2, "comment": f"call {PHONE}", "author": MAIL, "time_ns": T0}],
    }  # fmt: skip
    return write_lines(tmp_path / "private.jsonl", [line])


def assert_clean(text: str) -> None:
    assert [secret for secret in SECRETS if secret in text] == []


def test_a_copy_without_personal_data_is_made_and_counted(call: Run, private: Path, tmp_path: Path) -> None:
    before = private.read_bytes()
    clean = tmp_path / "clean.db"
    ended = call("redact", private, "--into", clean, "--json")
    assert (ended.code, ended.err) == (0, "")
    assert private.read_bytes() == before
    assert ended.json["redacted"].keys() == {"email", "phone", "card", "api_key", "password"}
    shown = call("show", clean, SUPPORT, "--json").out
    assert_clean(shown)
    assert "I am [EMAIL], [PHONE]" in shown
    assert '{"card":"[CARD]"}' in shown.replace(" ", "")
    conn = sqlite3.connect(clean)
    assert_clean("\n".join(conn.iterdump()))
    conn.close()
    for rest in tmp_path.glob("clean.db*"):
        assert_clean(rest.read_bytes().decode("latin-1"))


def test_the_numbers_of_a_copy_are_those_of_the_original(call: Run, private: Path, tmp_path: Path) -> None:
    call("redact", private, "--into", tmp_path / "clean.db")
    clean, original = call("stats", tmp_path / "clean.db", "--json").json, call("stats", private, "--json").json
    assert {**clean, "sources": []} == {**original, "sources": []}


def test_a_copy_of_a_copy_has_nothing_more_to_redact(call: Run, private: Path, tmp_path: Path) -> None:
    call("redact", private, "--into", tmp_path / "clean.db")
    again = call("redact", tmp_path / "clean.db", "--into", tmp_path / "again.db")
    assert again.out.endswith("; nothing to redact\n")


def test_for_people_the_counts_are_a_sentence(call: Run, private: Path, tmp_path: Path) -> None:
    assert (
        "; redacted 14 email, 6 phone, 4 card, 2 api_key, 2 password"
        in call("redact", private, "--into", tmp_path / "clean.db").out
    )


def test_a_store_that_is_there_is_not_added_to(call: Run, private: Path, tmp_path: Path) -> None:
    call("import", private, "--into", tmp_path / "old.db")
    before = (tmp_path / "old.db").read_bytes()
    ended = call("redact", private, "--into", tmp_path / "old.db")
    assert ended.code == 2
    assert "name a new file" in ended.err
    assert (tmp_path / "old.db").read_bytes() == before


def test_an_import_is_redacted_where_it_is_asked_for(call: Run, private: Path, tmp_path: Path) -> None:
    assert "; redacted" in call("import", private, "--into", tmp_path / "a.db", "--redact").out
    assert_clean(call("show", tmp_path / "a.db", SUPPORT, "--json").out)
    assert "; redacted" not in call("import", private, "--into", tmp_path / "b.db").out
    assert MAIL in call("show", tmp_path / "b.db", SUPPORT, "--json").out


@pytest.mark.parametrize("form", ["jsonl", "otlp", "csv", "markdown", "html", "langfuse-scores", "langsmith-feedback"])
def test_every_form_is_exported_without_personal_data(call: Run, private: Path, form: str) -> None:
    ended = call("export", private, "-f", form, "--redact")
    assert ended.code == 0
    assert_clean(ended.out)
    assert any(secret in call("export", private, "-f", form).out for secret in SECRETS)


def test_a_rule_of_the_configuration_is_used(
    call: Run, private: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACETUI_CONFIG_DIR", str(tmp_path))
    (tmp_path / "config.toml").write_text("[redaction]\noff = ['phone']\n[[redact]]\nregex = 'I am'\nname = 'who'\n")
    call("redact", private, "--into", tmp_path / "clean.db")
    assert f"[WHO] [EMAIL], {PHONE}" in call("show", tmp_path / "clean.db", SUPPORT, "--json").out


def test_a_rule_that_cannot_be_used_is_a_sentence(
    call: Run, private: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACETUI_CONFIG_DIR", str(tmp_path))
    (tmp_path / "config.toml").write_text("[[redact]]\nregex = '('\n")
    ended = call("redact", private, "--into", tmp_path / "clean.db")
    assert ended.code == 2
    assert "[[redact]] 1: the regex is none that Python understands" in ended.err
    assert not (tmp_path / "clean.db").exists()
    (tmp_path / "config.toml").write_text("[[redact]]\nregexp = 'a'\n")
    assert 'unknown key "regexp" in [redact]: did you mean regex?' in call("ls", private).err
