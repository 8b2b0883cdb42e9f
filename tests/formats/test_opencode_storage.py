"""Sessions of opencode in the files that it wrote before it had a database."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.source_reading import read_source
from tests.formats.transcript_truth import Files, text_of, truth
from tracetui.errors import UnreadableSource
from tracetui.sources.head import Head
from tracetui.sources.opencode_export import OpencodeExport
from tracetui.sources.opencode_storage import OpencodeStorage
from tracetui.workspace import open_workspace
from tracetui.workspace.folder import Folder
from tracetui.workspace.opening import open_source

DATA = Path(__file__).parents[1] / "data" / "opencode_more"
MESSAGE = "msg_a0aec3e1f8e3ebe03ee443"


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA / "storage", tmp_path / "storage"))


def session_in(storage: Path) -> Path:
    return next(storage.glob("session/*/*.json"))


def message_in(storage: Path, name: str = MESSAGE) -> Path:
    return next(storage.glob(f"message/*/{name}.json"))


def written(path: Path, document: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize("name", ["storage", "export.json"])
def test_both_forms_of_a_session_give_what_was_noted_when_it_was_made(name: str) -> None:
    expected = truth(DATA / "expected.json")[name]
    sources = Folder(DATA / name).find(60) if name == "storage" else [open_source(DATA / name)]
    files = Files(sources)
    answers = files.of_kind("generation")
    assert len(sources) == len({span.session_id for span in files.spans.values()}) == expected["sessions"]
    assert len(files.of_kind("agent")) == expected["user_turns"]
    assert (len(answers), len(files.of_kind("tool"))) == (expected["generations"], expected["tool_calls"])
    assert sum(span.status == "error" for span in files.of_kind("tool")) == expected["tool_errors"]
    assert [span.status_message for span in answers if span.status == "error"] == ["APIError: overloaded"]
    assert files.tokens() == expected["tokens"]
    assert Counter(span.model for span in answers) == expected["models"]
    assert sum(span.cost.usd or 0 for span in answers) == pytest.approx(expected["recorded_cost"]["usd"])
    assert {span.cost.origin for span in answers} == {"recorded"}
    assert all(not reading.skipped for reading in files.readings)


def test_a_message_alone_is_its_own_source() -> None:
    expected = truth(DATA / "expected.json")["real/msg_test001.json"]
    files = Files([open_source(DATA / "real" / "msg_test001.json")])
    assert len(files.of_kind("generation")) == expected["generations"]
    assert files.tokens() == expected["tokens"]
    assert all(span.cost.usd is None for span in files.spans.values())


def test_files_and_export_have_the_same_spans() -> None:
    files, export = Files(Folder(DATA / "storage").find(60)), Files([OpencodeExport(DATA / "export.json")])
    assert files.spans == export.spans


def test_a_message_and_a_part_belong_to_the_file_of_their_session(storage: Path) -> None:
    for path in (message_in(storage), next(storage.glob("part/*/*.json"))):
        assert OpencodeStorage.recognise(Head(path))
        with pytest.raises(UnreadableSource, match=session_in(storage).name):
            OpencodeStorage(path)
    folder = Folder(storage)
    assert len(folder.find(60)) == 1
    assert folder.other == len(list(storage.rglob("*.json"))) - 1


def test_messages_without_the_file_of_their_session_are_told_by_the_first(storage: Path) -> None:
    session_in(storage).unlink()
    (source,) = Folder(storage).find(60)
    assert source.path.parent.parent.name == "message"
    assert Files([source]).tokens() == truth(DATA / "expected.json")["storage"]["tokens"]


def test_a_session_that_grows_is_followed(storage: Path) -> None:
    source = OpencodeStorage(session_in(storage))
    reading = read_source(source)
    assert not source.changed(reading.cursor)
    written(message_in(storage, "msg_e1c19c37d356177b07b0ea").with_name("msg_zz.json"), {
        "id": "msg_zz", "sessionID": source.path.stem, "role": "user", "time": {"created": 1782896700000},
    })  # fmt: skip
    assert source.changed(reading.cursor)
    reading = read_source(source, reading.cursor)
    assert (len(reading.spans), reading.notices) == (11, [])
    written(storage / "part" / "msg_zz" / "prt_1.json", {"id": "prt_1", "type": "text", "text": "And now?"})
    assert source.changed(reading.cursor)
    assert read_source(source, reading.cursor).spans["msg_zz", "msg_zz"].name == "And now?"


def test_a_session_that_a_task_started_lies_under_the_task(storage: Path) -> None:
    parent = session_in(storage)
    task = next(path for path in storage.glob("part/*/*.json") if '"output":"a.txt"' in path.read_text())
    part = json.loads(task.read_text())
    part |= {"tool": "task"}
    task.write_text(json.dumps(part))
    start = part["state"]["time"]["start"]
    written(parent.with_name("ses_child.json"), {
        "id": "ses_child", "projectID": "p", "parentID": parent.stem, "title": "t", "time": {"created": start},
    })  # fmt: skip
    written(storage / "message" / "ses_child" / "msg_c.json", {
        "id": "msg_c", "sessionID": "ses_child", "role": "user", "time": {"created": start + 1},
    })  # fmt: skip
    files = Files(Folder(storage).find(60))
    (child,) = [span for span in files.spans.values() if span.span_id == "msg_c"]
    assert (child.trace_id, child.session_id) == ("msg_b2770db7409468cf9b713d", parent.stem)
    assert child.parent_id == f"{part['messageID']}:{part['callID']}"


def test_a_damaged_message_is_skipped_and_counted(storage: Path) -> None:
    message_in(storage).write_text('{"id": "msg_a0')
    reading = read_source(OpencodeStorage(session_in(storage)))
    assert [MESSAGE in skip.reason for skip in reading.skipped] == [True]
    assert len(reading.spans) == 8


def test_a_span_has_its_messages_tools_and_record(storage: Path) -> None:
    files = Files([OpencodeStorage(session_in(storage))])
    (tool,) = [span for span in files.of_kind("tool") if span.status == "success"]
    assert files.payload(tool.trace_id, tool.span_id).output == "a.txt"
    answer = files.payload("msg_0dc671a164662f5a5d1eb1", MESSAGE)
    assert text_of(answer.output) == "2.3 brings a faster cart, saved filters and twelve repaired bugs."
    assert text_of(answer.input[-1:]) == "Write release notes for 2.3"
    assert MESSAGE in (answer.raw or "")


def test_a_folder_counts_each_answer_once(storage: Path) -> None:
    with open_workspace([str(storage)]) as workspace:
        workspace.catch_up()
        assert workspace.stats()["tokens"]["output"] == 386


@pytest.mark.parametrize(
    ("document", "is_one"),
    [
        ({"id": "a", "projectID": "p", "title": "t", "time": {"created": 1}}, True),
        ({"id": "a", "sessionID": "s", "role": "user", "time": {"created": 1}}, True),
        ({"id": "a", "sessionID": "s", "messageID": "m", "type": "text", "text": "x" * 2_000_000}, True),
        ({"id": "a", "role": "user", "content": "x"}, False),
        ({"sessionID": "s", "messageID": "m"}, False),
    ],
)
def test_it_is_recognised_by_its_keys(tmp_path: Path, document: Any, is_one: bool) -> None:
    assert OpencodeStorage.recognise(Head(written(tmp_path / "x.json", document))) is is_one


odd = st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.lists(st.integers(), max_size=2)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(["session", "message", "part"]), st.sampled_from(
    ["id", "sessionID", "role", "time", "parentID", "tokens", "cost", "state", "type", "callID", "error", "projectID"],
), odd | st.dictionaries(st.sampled_from(["created", "input", "cache", "status"]), odd, max_size=2)), max_size=5))  # fmt: skip
def test_no_change_of_a_file_makes_reading_fail(tmp_path_factory: Any, changes: list[tuple[str, str, Any]]) -> None:
    storage = Path(shutil.copytree(DATA / "storage", tmp_path_factory.mktemp("mutated") / "storage"))
    session = session_in(storage)
    for place, key, value in changes:
        path = sorted((storage / place).rglob("*.json"))[-1]
        path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    try:
        source = OpencodeStorage(session)
    except UnreadableSource:
        return
    reading = read_source(source)
    for key, span in reading.spans.items():
        source.payload(span, reading.references[key])
