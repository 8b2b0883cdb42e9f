"""Sums over many traces, by whatever one groups them; sessions and users."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tracetui.figures import Bundle, BundleKind, Group, Key, Sample
from tracetui.store.bundles import list_bundles, list_turns, load_bundles
from tracetui.store.calls import Call, iter_calls
from tracetui.store.groups import Told, load_groupings
from tracetui.store.prompts import PromptCall, list_prompt_calls
from tracetui.store.samples import load_samples
from tracetui.store.totals import load_bounds
from tracetui.store.weights import Kept, list_kept
from tracetui.workspace.asking import Asking, FilterLike


class Summing(Asking):
    """Groups of traces and of calls, and the traces of a session or user taken together."""

    def groups(self, by: Sequence[str], filter: FilterLike | Sequence[str] = None) -> list[Group]:
        """Sums and percentiles by one or two dimensions of `store.groups`, the dearest group first. Raises WrongUse."""
        return self.groupings([by], filter)[0]

    def groupings(
        self, by: Sequence[Sequence[str]], filter: FilterLike | Sequence[str] = None, told: Told | None = None
    ) -> list[list[Group]]:
        """Several groupings in one pass. `told` hears how many spans were added up, and how many there are."""
        with self._chosen(filter) as (conn, where):
            return load_groupings(conn, by, where, told)

    def calls(self, by: Sequence[str], filter: FilterLike | Sequence[str] = None) -> Iterator[tuple[Key, Call]]:
        """Every call that was paid for, with its group by one or two dimensions. Raises WrongUse."""
        with self._chosen(filter) as (conn, where):
            yield from iter_calls(conn, by, where)

    def bounds(self, filter: FilterLike | Sequence[str] = None) -> tuple[int | None, int | None]:
        """When the first and the last trace that match began; None where there is none."""
        with self._chosen(filter) as (conn, where):
            return load_bounds(conn, where)

    def kept(self) -> list[Kept]:
        """What sampling kept, by reason; empty where nothing was sampled."""
        return list_kept(self._readers.get())

    def samples(self, by: Sequence[str] = (), filter: FilterLike = None) -> list[Sample]:
        """What was observed in the traces that match, value by value, in groups. Raises WrongUse."""
        with self._chosen(filter) as (conn, where):
            return load_samples(conn, by, where)

    def prompt_calls(self, name: str | None, version: str | None, filter: FilterLike = None) -> list[PromptCall]:
        """The calls that used a version of a prompt, the oldest first."""
        with self._chosen(filter) as (conn, where):
            return list_prompt_calls(conn, name, version, where)

    def bundle_ids(self, of: BundleKind, filter: FilterLike | Sequence[str] = None, sort: str = "-last") -> list[str]:
        """The ids of the sessions or users that have a trace which matches, in order."""
        with self._chosen(filter) as (conn, where):
            return list_bundles(conn, of, where, sort)

    def bundles(self, of: BundleKind, ids: Sequence[str]) -> list[Bundle]:
        """The rows of these sessions or users, each over all of its traces."""
        return load_bundles(self._readers.get(), of, ids)

    def turn_ids(self, session_id: str) -> list[str]:
        """The ids of the traces of a session, the oldest first."""
        return list_turns(self._readers.get(), session_id)
