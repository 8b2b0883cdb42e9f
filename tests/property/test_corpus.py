"""What fuzzing found interesting once is tried again, by every target: nothing fails, however odd the bytes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fuzz import targets
from tests.fuzz.corpus import load_corpus
from tests.property.fuzzing import IS_LONG

MOST = 12
"""Inputs of a target that are tried in the suite: some of all sizes."""


@pytest.fixture(scope="module", autouse=True)
def cleared() -> Iterator[None]:
    """Leave nothing of what the targets keep while they run."""
    yield
    targets.clear_up()


@pytest.mark.parametrize("name", targets.TARGETS)
def test_inputs_that_were_kept_end_nothing(name: str) -> None:
    kept = load_corpus(name)
    for data in kept if IS_LONG else kept[:: max(1, len(kept) // MOST)]:
        targets.TARGETS[name].run(data)


def test_every_corpus_belongs_to_a_target() -> None:
    from tests.fuzz.corpus import KEPT

    assert {path.stem for path in KEPT.glob("*.zip")} <= targets.TARGETS.keys()
    assert sum(path.stat().st_size for path in KEPT.glob("*.zip")) < 1 << 20


def test_a_target_sees_what_a_parser_does_not_take(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(targets, "parse_config", stumble)
    with pytest.raises(ZeroDivisionError):
        targets.TARGETS["settings"].run(b"a = 1")
