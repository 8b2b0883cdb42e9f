"""What of a path, an id or a name may stand in a bug report."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracetui.doctor.private import UNSHOWN, masked, model_name, own_path, shown_id

HOME = {"HOME": "/home/maria", "TRACETUI_CACHE_DIR": "/srv/secret project/cache"}


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/home/maria/.cache/tracetui", "~/.cache/tracetui"),
        ("/home/maria", "~"),
        ("/home/maria/Library/Application Support/tracetui", "~/'Library/Application Support/tracetui'"),
        ("/srv/secret project/cache/index", '"$TRACETUI_CACHE_DIR"/index'),
        ("/srv/elsewhere/traces.db", "traces.db"),
    ],
)
def test_a_path_of_ours_names_no_user_and_is_one_for_a_shell(path: str, shown: str) -> None:
    assert own_path(Path(path), HOME) == shown


def test_a_whole_path_is_shown_where_it_is_asked_for() -> None:
    assert own_path(Path("/home/maria/a b"), HOME, whole=True) == "'/home/maria/a b'"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("gpt-5-mini-2025-08-07", "gpt-5-mini-2025-08-07"),
        ("bedrock/us.anthropic.claude-3-5:0", "bedrock/us.anthropic.claude-3-5:0"),
        ("ft:gpt-4o:acme-bank:refunds:abc", "ft:gpt-4o:…"),
        ("Where is my order?", UNSHOWN),
        ("sk-proj-abcdefghijklmnopqrstuvwxyz0123456789", UNSHOWN),
        ("x" * 200, UNSHOWN),
        (None, None),
    ],
)
def test_only_what_looks_like_a_model_is_shown_as_one(name: str | None, shown: str | None) -> None:
    assert model_name(name) == shown


@pytest.mark.parametrize("identity", ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "calls.jsonl:49"])
def test_an_id_is_shown(identity: str) -> None:
    assert shown_id(identity) == identity


@pytest.mark.parametrize(
    "identity", ["maria@example.org", "a prompt as an id", "4111111111111111", "\x1b[2J", "\ud800"]
)
def test_what_is_no_id_is_a_digest(identity: str) -> None:
    assert shown_id(identity).startswith("#")
    assert len(shown_id(identity)) == 13


def test_the_longer_of_two_paths_is_replaced_first() -> None:
    assert masked("/home/maria/x.db: no", {"/home/maria": "~", "/home/maria/x.db": "x.db"}) == "x.db: no"
