from tracetui.model import Changes
from tracetui.tui.screens.pace import BEHIND_S, BUSY_S, IDLE_S, Pace

NOTHING = Changes()
SOME = Changes(any=True, trace_ids=frozenset({"t"}), indexing=True, done=10, total=10)
HEAPS = Changes(any=True, trace_ids=frozenset({"t"}), indexing=True, done=10, total=90)


def test_what_was_there_at_the_start_is_read_without_a_pause() -> None:
    pace = Pace()
    assert [pace.seconds_after(changes) for changes in (HEAPS, SOME, NOTHING)] == [BEHIND_S, BEHIND_S, IDLE_S]


def test_what_trickles_in_is_drawn_five_times_a_second() -> None:
    pace = Pace()
    assert [pace.seconds_after(changes) for changes in (NOTHING, SOME, SOME, NOTHING)] == [
        IDLE_S,
        BUSY_S,
        BUSY_S,
        IDLE_S,
    ]


def test_what_arrives_in_heaps_is_read_without_a_pause() -> None:
    pace = Pace()
    assert [pace.seconds_after(changes) for changes in (NOTHING, HEAPS, HEAPS)] == [IDLE_S, BEHIND_S, BEHIND_S]
