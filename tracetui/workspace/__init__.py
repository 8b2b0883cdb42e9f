"""Several opened sources as one: the only thing that the screen and the commands call.

A workspace may be asked from any thread; each thread has its own connection. Writing scores and indexing are its only
effects, and indexing touches nothing but the cache.
"""

from __future__ import annotations

import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tracetui.config import Config, load_config
from tracetui.errors import NotFound, UnreadableSource, WrongUse
from tracetui.figures import Turn
from tracetui.model import Changes, Health, Node, Payload, Score, ScoreSource, Span, Tree
from tracetui.sources.base import Description, Saved, Source
from tracetui.store.bundles import find_turn_spans
from tracetui.store.pages import Where, current_scores, find_id
from tracetui.store.scores import retract_score, save_score
from tracetui.store.totals import load_stats
from tracetui.store.trace_facts import with_said
from tracetui.store.tree import load_tree
from tracetui.text import count
from tracetui.workspace.asking import FilterLike
from tracetui.workspace.examining import Examining, find_damaged_store
from tracetui.workspace.following import follow_spans
from tracetui.workspace.functions import Functions
from tracetui.workspace.grouping import Report, group_files, group_health
from tracetui.workspace.halves import Halves
from tracetui.workspace.indexer import is_read_where_it_lies
from tracetui.workspace.live import Live
from tracetui.workspace.location import locate_index
from tracetui.workspace.lookup import locate_home, locate_span
from tracetui.workspace.opening import Opened, open_source, open_sources
from tracetui.workspace.readers import Readers
from tracetui.workspace.turns import answered, asked

if TYPE_CHECKING:
    from tracetui.sources.columns import Mapping

_LONGEST_ID = 80
"""Characters of an id in a sentence; those of OpenTelemetry have 32."""

__all__ = ["FilterLike", "Workspace", "open_workspace"]


def open_workspace(
    paths: Sequence[str | Path],
    *,
    mappings: Sequence[Mapping] = (),
    config: Config | None = None,
    wait: bool = False,
) -> Workspace:
    """Open sources as one workspace; with `wait`, everything is read before this returns.

    `mappings` come before those of the configuration, which is read where none is given. Raises UnreadableSource
    where no source can be read; those that cannot be are in `refused`.
    """
    config = load_config() if config is None else config
    if config.mappings:
        from tracetui.sources.columns import parse_mappings

        mappings = (*mappings, *parse_mappings(config.mappings, "config.toml"))
    opened = open_sources(paths, mappings)
    workspace = Workspace(opened, config, mappings)
    if wait:
        workspace.catch_up()
    return workspace


class Workspace(Examining):
    """Opened sources and the questions that can be asked of them.

    `refused` has one sentence for each path that could not be opened.
    """

    def __init__(self, opened: Opened, config: Config, mappings: Sequence[Mapping] = ()) -> None:
        self.refused = tuple(opened.refused)
        self._config = config
        prices = self._config.prices.path
        self._mappings = mappings
        self._live = Live(locate_index([*opened.keys, _content_key(prices)]), opened, prices, mappings)
        self._marked: frozenset[str] = frozenset()
        self._functions = Functions(self._load_all, lambda: self._marked)
        self._readers = Readers(self._live.location.read_uri, self._live.layout(), self._functions.register)
        self._halves = Halves(self._readers)
        self._origins = {origin.origin_id: origin.source for origin in self._live.origins}
        self._written: list[tuple[Source, Score]] = []
        self._write_lock = threading.Lock()

    @property
    def sources(self) -> list[Source]:
        """The sources that are open; a directory may go on giving more."""
        return self._live.sources

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def descriptions(self) -> list[Description]:
        """What each source is and where its scores go."""
        return [source.describe() for source in self.sources]

    def health(self) -> list[Health]:
        """How reading each source went: skipped records, oddities, progress."""
        return self._live.health()

    @property
    def index_path(self) -> Path | None:
        """The file of the index; None where it is kept in memory."""
        return self._live.location.path

    @property
    def notice(self) -> str | None:
        """What is to be known of the index, such as that it is kept in memory."""
        return self._live.location.notice

    def find_damage(self, error: Exception) -> UnreadableSource | None:
        """The error to tell instead of one of SQLite where something is damaged: the index, which is thrown away then, or
        one of several stores, which is named."""
        if not isinstance(error, sqlite3.DatabaseError):
            return None
        if self._live.discard_if_damaged():
            return UnreadableSource("the index in the cache was damaged and has been thrown away; do the same again")
        damaged = find_damaged_store(self.sources) if "malformed" in str(error) else None
        if damaged is None:
            return None
        remedy = "leave it out, restore a copy, or try `sqlite3 FILE .recover`"
        return UnreadableSource(f"{damaged}: the database is damaged ({error}); {remedy}")

    def skipped(self) -> int:
        """How many records could not be read, of all sources together; cheap, however many there are."""
        return self._live.skipped()

    def reports(self) -> list[Report]:
        """What each source is and how reading it went; many files of a directory are one for each format."""
        each = [Report(*pair) for pair in zip(self.descriptions(), self.health(), strict=True)]
        return group_files(each, self._live.folders)

    def catch_up(self, progress: Callable[[Changes], None] | None = None) -> None:
        """Read everything that is new, with prices; `progress` is called some times a second."""
        self._live.catch_up(progress)
        self._arrange()

    def poll(self, seconds: float = 0.15) -> Changes:
        """Read for about `seconds` what is new, and say what changed. Prices of the first rows come a poll later."""
        changes = self._live.poll(seconds, defer_prices=True)
        if changes.any:
            self._arrange()
        return changes

    def _arrange(self) -> None:
        self._readers.arrange(self._live.layout())
        self._origins |= {origin.origin_id: origin.source for origin in self._live.origins}

    def tree(self, trace_id: str, filter: FilterLike = None) -> Tree:
        """One trace with its spans; those that `filter` meant are marked. Raises NotFound."""
        compiled = self.compile(filter)
        matching = None if compiled is None else Where(compiled.span_sql, tuple(compiled.span_params))
        tree = load_tree(self._readers.get(), trace_id, matching)
        if tree is None:
            raise NotFound(f"no trace {_named(trace_id)} in {_names(self.sources)}; list them with `tracetui ls`")
        return tree

    def trace(self, trace_id: str, filter: FilterLike = None) -> Tree:
        """As `tree`, for an id or the unique beginning of one, of a trace or of a span in it. Raises NotFound."""
        return self.tree(self.find(trace_id)[0], filter)

    def payload(self, trace_id: str, span_id: str) -> Payload:
        """What a span carried. Raises NotFound, SourceVanished, UnreadableSource."""
        found = self._load(self._readers.get(), trace_id, span_id)
        if found is None:
            raise NotFound(f"no span {_named(span_id)} in trace {_named(trace_id)}; list them with `tracetui show`")
        return found[1]

    def glance(self, trace_id: str, span_id: str) -> Payload:
        """As `payload`, to be looked at: the longest texts of records of more than 16 MB are cut, and `left_out` says so."""
        from tracetui.sources.lines_cut import cutting  # not needed before the first rows

        with cutting() as cut:
            payload = self.payload(trace_id, span_id)
        return replace(payload, left_out=cut.left_out) if cut.left_out else payload

    def carried(self, trace_id: str, span_id: str) -> Payload:
        """As `payload`, for those who have no use for `raw`: of long records it is left out."""
        from tracetui.sources.raw_text import without_raw  # not needed before the first rows

        with without_raw():
            return self.payload(trace_id, span_id)

    def _load(self, conn: sqlite3.Connection, trace_id: str, span_id: str) -> tuple[Span, Payload] | None:
        located = locate_span(conn, trace_id, span_id)
        if located is None:
            return None
        source = self._source(located.origin_id)
        payload = source.payload(located.span, located.reference, located.joined)
        apart = located.stand_in
        if apart is not None:
            said = self._source(apart.origin_id).payload(apart.span, apart.reference)
            payload = with_said(payload, said)
        return located.span, payload

    def _load_all(
        self, conn: sqlite3.Connection, trace_id: str, span_id: str
    ) -> tuple[Span, tuple[Score, ...], Payload] | None:
        found = self._load(conn, trace_id, span_id)
        if found is None:
            return None
        span = found[0]
        scores = current_scores(conn, [trace_id]).get(trace_id, [])
        own = (span_id, None) if span.parent_id is None else (span_id,)
        return span, tuple(score for score in scores if score.span_id in own), found[1]

    def turn(self, trace_id: str) -> Turn:
        """What was asked and answered in a trace: by its root, else by its first and last generation."""
        conn = self._readers.get()
        spans = find_turn_spans(conn, trace_id)
        loaded = {span_id: self.payload(trace_id, span_id) for span_id in {*spans.asked, *spans.answered}}
        return Turn(
            next((line for span_id in spans.asked if (line := asked(loaded[span_id]))), None),
            next((line for span_id in spans.answered if (line := answered(loaded[span_id]))), None),
        )

    def stats(self, filter: FilterLike = None) -> dict[str, Any]:
        """The object of `tracetui stats --json`; see docs/json.md."""
        with self._chosen(filter) as (conn, where):
            stats = load_stats(conn, where)
        sources = [
            {
                "path": health.path,
                "format": health.format,
                "writable": health.writable,
                "skipped": health.skipped,
                "duplicates": health.duplicates,
                "replaced": health.replaced,
                "incomplete": health.incomplete,
                "warnings": list(health.warnings),
                **({} if read.files == 1 else {"files": read.files}),
            }
            for read in group_health(self.health(), self._live.folders)
            for health in (read.health,)
        ]
        return {"sources": sources, **stats}

    def find(self, prefix: str) -> tuple[str, str | None]:
        """The trace, or the trace and span, with this id or unique beginning of one. Raises NotFound."""
        found = find_id(self._readers.get(), prefix)
        if not found:
            raise NotFound(f"no trace or span {_named(prefix)} in {_names(self.sources)}; list them with `tracetui ls`")
        if len(found) > 1:
            some = ", ".join(_named(span_id or trace_id) for trace_id, span_id in found[:4])
            raise NotFound(f"{_named(prefix)} is the beginning of several ids ({some} …); give more of it")
        return found[0]

    def score(
        self,
        trace_id: str,
        span_id: str | None,
        name: str,
        *,
        value: float | bool | None = None,
        label: str | None = None,
        comment: str | None = None,
        source: ScoreSource = "human",
        author: str | None = None,
    ) -> Saved:
        """Save a score where its source keeps scores; it is on disk when this returns. Raises NotFound, NotWritable."""
        home = self._home_of(trace_id, span_id)
        if not name.strip():
            raise WrongUse("a score needs a name; give one such as user_rating")
        if value is None and label is None:
            raise WrongUse("a score needs a value or a label; give one of them")
        score = Score(
            uuid.uuid4().hex,
            trace_id,
            span_id,
            name,
            value,
            label,
            comment,
            source,
            author or self._config.ui.author or _user(),
            time.time_ns(),
        )
        with self._write_lock:
            saved = home.write_score(score)
            self._written.append((home, score))
        self._index_scores(home, lambda conn: save_score(conn, "scores", score))
        return saved

    def _home_of(self, trace_id: str, span_id: str | None) -> Source:
        origin_id = locate_home(self._readers.get(), trace_id, span_id)
        if origin_id is None:
            raise NotFound(f"no trace or span {_named(span_id or trace_id)}; list them with `tracetui ls`")
        return self._source(origin_id)

    def _source(self, origin_id: int) -> Source:
        """The source with this number in the index; opened now where a directory has not come to it yet."""
        if origin_id not in self._origins:
            path = self._live.path_of(origin_id)
            if path is None:
                raise NotFound("the source of this span is not known any more; open it again")
            self._origins[origin_id] = open_source(path, self._mappings)
        return self._origins[origin_id]

    def undo(self) -> Saved | None:
        """Take back the newest score of this session; None where there is none."""
        with self._write_lock:
            if not self._written:
                return None
            home, score = self._written[-1]
            saved = home.retract_score(score)
            self._written.pop()
        self._index_scores(home, lambda conn: retract_score(conn, "scores", score.id, time.time_ns()))
        return saved

    def _index_scores(self, home: Source, action: Callable[[sqlite3.Connection], object]) -> None:
        if not is_read_where_it_lies(home):
            self._live.index(lambda conn: (action(conn), None)[1])

    def follow(self, filter: FilterLike = None, *, from_start: bool = False) -> Iterator[Node]:
        """Each span when it appears, and once more when it ends; blocks, and never ends by itself."""
        return follow_spans(self, self.compile(filter), from_start=from_start)

    def mark(self, trace_ids: frozenset[str]) -> None:
        """Say which traces are marked, for `is:marked`."""
        self._marked = trace_ids

    def interrupt(self, thread: int | None = None) -> None:
        """Cancel questions on all threads, or on one; they raise sqlite3.OperationalError "interrupted"."""
        self._readers.interrupt(thread)

    def close(self) -> None:
        """Release files and connections."""
        self._halves.close()
        self._readers.close()
        self._live.close()
        for source in self.sources:
            source.close()


def _names(sources: Sequence[Source]) -> str:
    names = [source.path.name for source in sources]
    return names[0] if len(names) == 1 else f"{len(names)} sources"


def _named(identity: str) -> str:
    """An id in a sentence, of one that is longer than any sentence its beginning."""
    return (
        identity if len(identity) <= _LONGEST_ID else f"{identity[:_LONGEST_ID]}… ({count(len(identity))} characters)"
    )


def _content_key(path: str | None) -> str:
    """The content of a price file: an index made with other prices is another index."""
    try:
        return "" if path is None else Path(path).read_text(errors="replace")
    except OSError:
        return ""


def _user() -> str:
    try:
        import getpass

        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
