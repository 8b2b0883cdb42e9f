"""Garbage is collected when the screen rests."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from tracetui.tui import garbage
from tracetui.tui.garbage import Garbage


class Collector:
    """Stands for Python's own."""

    def __init__(self, rounds: int, *, is_enabled: bool = False) -> None:
        self.rounds = rounds
        self.is_enabled = is_enabled
        self.done: list[str] = []
        self.collected = asyncio.Event()

    def isenabled(self) -> bool:
        return self.is_enabled

    def get_count(self) -> tuple[int, int, int]:
        return 0, 0, self.rounds

    def freeze(self) -> None:
        self.done.append("freeze")

    def enable(self) -> None:
        self.done.append("enable")

    def collect(self) -> None:
        self.done.append("collect")
        self.collected.set()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "_RESTS_S", 0)


async def test_it_is_collected_once_after_all_that_came_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    collector = Collector(rounds=3)
    monkeypatch.setattr(garbage, "gc", collector)
    kept = Garbage()
    kept.begin()
    for _ in range(5):
        kept.wait()
    assert collector.done == ["freeze", "enable"]
    await collector.collected.wait()
    await asyncio.sleep(0)
    assert collector.done == ["freeze", "enable", "collect"]


async def test_it_is_not_collected_where_there_is_little(monkeypatch: pytest.MonkeyPatch) -> None:
    collector = Collector(rounds=2)
    monkeypatch.setattr(garbage, "gc", collector)
    kept = Garbage()
    kept.begin()
    kept.wait()
    waiting = kept._waiting
    assert waiting is not None
    kept._collect()
    assert collector.done == ["freeze", "enable"]
    assert kept._waiting is None
    waiting.cancel()


async def test_a_program_that_collects_as_it_likes_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    collector = Collector(rounds=9, is_enabled=True)
    monkeypatch.setattr(garbage, "gc", collector)
    kept = Garbage()
    kept.begin()
    kept.wait()
    assert kept._waiting is None
    assert collector.done == []


def test_where_it_takes_long_it_is_done_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    collector = Collector(rounds=9)
    monkeypatch.setattr(garbage, "gc", collector)
    clock = iter([0.0, 0.1, 3.0, 3.2, 4.0])
    monkeypatch.setattr(garbage, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
    kept = Garbage()
    kept._collect()
    assert collector.done == ["collect"]
    kept._collect()  # 2.9 s after one that took 0.1 s
    assert collector.done == ["collect"]
    kept._collect()
    assert collector.done == ["collect", "collect"]
