"""A small store in which everything is hostile: quotes, wildcards, scripts, NULLs, broken JSON, huge numbers."""

from __future__ import annotations

import json
import sqlite3
from random import Random
from typing import Any

from tracetui.query import SQL_FUNCTIONS, compile_regex, fold
from tracetui.store.schema import STORE_SCHEMA

NOW_NS = 1_795_000_000_000_000_000
"""2026-11-18T13:46:40Z."""
SECOND = 1_000_000_000

TEXTS: tuple[str, ...] = (
    "support-agent", "Support-Agent", "SUPPORT", "100%", "100x", "a_b", "axb", "O'Brien", 'say "hi"', "naïve", "NAÏVE",
    "Straße", "STRASSE", "strasse", "İstanbul", "istanbul", "ISI", "ısı", "東京タワー", "🚀 launch", "back\\slash",
    "x'); DROP TABLE spans; --", "tab\there", "two\nlines", "Ｆｕｌｌ", "full", "ﬁsh", "*star*", "a,b", "x..y", "/re/",
    ">5", "true", "5", "5.0", "1e3", "-2.5", "１２", "ÅNGSTRÖM", "a\u030angstro\u0308m", "{}", "null", "Ω", "K",
)  # fmt: skip
"""Values that are put into every text column, and asked for."""

KEYS: tuple[str, ...] = ("tier", "Tier", "a.b", "a", "b", 'qu"ote', "O'Key", "$", "käse", "sp ace", "value", "0", "")
METADATA: tuple[str | None, ...] = (
    None, "", "{}", "not json", "[1, 2, \"x\"]", "7", "null", '"text"', "{broken",
    '{"tier": "gold", "n": 5}', '{"tier": "Gold", "a": {"b": "deep"}, "a.b": "flat"}', '{"Tier": null, "0": "zero"}',
    '{"a": {"b": {"c": 1.5}}, "b": true, "n": "5"}', '{"qu\\"ote": "x", "O\'Key": "y", "$": -2.5}',
    '{"k\\u00e4se": "br\\u00f6t", "sp ace": [10, {"b": "in list"}], "big": 1e20, "huge": 1180591620717411303424}',
    '{"tier": "STRASSE", "flag": false, "items": ["5", 5, 5.0]}', '{"tier": "Straße", "value": "\\u0067old"}',
)  # fmt: skip
TAGS: tuple[str | None, ...] = (
    None, "", "[]", '["beta"]', '["Beta", "v 2", "100%"]', "beta, other", "one", '["stra\\u00dfe", "\\u0062eta"]',
    '["a,b", 5, true, null]', '"alone"', "{}", "[broken", '["say \\"hi\\""]', "O'Brien,東京",
)  # fmt: skip
NUMBERS: tuple[float | None, ...] = (None, 0, 1, 5, 310, 1200, 10_000, -3, 2**40, 2**62)
MONEY: tuple[float | None, ...] = (None, 0.0, 0.01, 0.0031, 1.5, -0.5, 1e-12, 1e12)
KINDS = ("agent", "generation", "generation", "tool", "retriever", "embedding", "span")
STATUSES = ("success", "success", "success", "error", "refused", "running")


class Payloads:
    """What spans carried, by their ids: texts by scope, and attributes."""

    def __init__(self) -> None:
        self.texts: dict[tuple[str, str], dict[str, str]] = {}
        self.attributes: dict[tuple[str, str], dict[str, Any]] = {}
        self.marked: frozenset[str] = frozenset()
        self.searches = 0

    def has_text(self, trace_id: str, span_id: str, scope: str, mode: str, pattern: str) -> int:
        """As the workspace does it, over texts that are at hand."""
        self.searches += 1
        text = self.texts.get((trace_id, span_id), {}).get(scope, "")
        if mode == "regex":
            return int(compile_regex(pattern).search(text) is not None)
        return int(fold(pattern) in fold(text))

    def attribute(self, trace_id: str, span_id: str, path: str) -> str | float | None:
        """The value at a path; whether it is there decides, not whether it is true."""
        self.searches += 1
        value = self.attributes.get((trace_id, span_id), {}).get(path)
        if isinstance(value, bool):
            return str(value).lower()
        return json.dumps(value) if isinstance(value, list | dict) else value

    def register(self, conn: sqlite3.Connection) -> None:
        """Put everything that compiled filters call on the connection."""
        for name, function in SQL_FUNCTIONS.items():
            conn.create_function(name, 2, function, deterministic=True)
        conn.create_function("has_text", 5, self.has_text)
        conn.create_function("attribute", 3, self.attribute)
        conn.create_function("is_marked", 1, lambda trace_id: int(trace_id in self.marked))


def empty_store() -> tuple[sqlite3.Connection, Payloads]:
    """A store without spans, with every function registered."""
    conn = sqlite3.connect(":memory:", check_same_thread=False)
    conn.executescript(STORE_SCHEMA)
    payloads = Payloads()
    payloads.register(conn)
    return conn, payloads


def insert(conn: sqlite3.Connection, table: str, **values: Any) -> None:
    """One row; columns that are not named keep their defaults."""
    columns, marks = ", ".join(values), ", ".join("?" * len(values))
    conn.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(values.values()))


def insert_trace(conn: sqlite3.Connection, trace_id: str, **values: Any) -> None:
    """One row of `traces` with the counts that must be there."""
    counts = ("spans", "generations", "tool_calls", "errors", "refused", "running", "recorded_usd", "computed_usd")
    needed = dict.fromkeys((*counts, "priced", "unpriced", "changed", "start_ns"), 0)
    insert(conn, "traces", **{**needed, "trace_id": trace_id, "name": "", "status": "success", **values})


def hostile_store(seed: int = 7, traces: int = 24) -> tuple[sqlite3.Connection, Payloads]:
    """The store that the reference interpreter is compared on. One trace has no spans at all."""
    conn, payloads = empty_store()
    random = Random(seed)
    for number in range(traces):
        _hostile_trace(conn, payloads, random, f"{random.getrandbits(64):016X}", 0 if number == 3 else None)
    ids = [trace_id for (trace_id,) in conn.execute("SELECT trace_id FROM traces ORDER BY 1")]
    payloads.marked = frozenset(ids[::5])
    conn.commit()
    return conn, payloads


def _hostile_trace(
    conn: sqlite3.Connection, payloads: Payloads, random: Random, trace_id: str, spans: int | None
) -> None:
    count = random.randrange(1, 6) if spans is None else spans
    start_ns = NOW_NS - random.choice([0, 1, 60, 3600, 7200, 86_400, 172_800, 10**7]) * SECOND
    statuses = [random.choice(STATUSES) for _ in range(count)]
    insert_trace(
        conn, trace_id, start_ns=start_ns, end_ns=random.choice([None, start_ns + 5 * SECOND, start_ns - 1]),
        spans=count, errors=statuses.count("error"), cost_usd=random.choice(MONEY),
        input_tokens=random.choice(NUMBERS), unsplit_tokens=random.choice(NUMBERS), **_owners(random, 0.5),
    )  # fmt: skip
    for number, status in enumerate(statuses):
        span_id = f"{random.getrandbits(48):012x}"
        _hostile_span(conn, random, trace_id, span_id, start_ns + number, status, min(number, random.randrange(1, 4)))
        _hostile_payload(payloads, random, trace_id, span_id)
        for score in range(random.choice([0, 0, 1, 2])):
            _hostile_score(conn, random, trace_id, random.choice([span_id, None]), f"{span_id}-{score}")


def _owners(random: Random, absent: float) -> dict[str, str | None]:
    """User, session, feature and environment, absent as often as said."""
    columns = ("user_id", "session_id", "feature", "environment")
    return {column: None if random.random() < absent else random.choice(TEXTS) for column in columns}


def _hostile_span(
    conn: sqlite3.Connection, random: Random, trace_id: str, span_id: str, start_ns: int, status: str, depth: int
) -> None:
    texts = {
        column: random.choice((None, "", *TEXTS))
        for column in ("model", "provider", "finish_reason", "prompt_name", "prompt_version", "tool_name")
    }
    tokens = {
        f"{name}_tokens": random.choice(NUMBERS)
        for name in ("input", "cache_read", "cache_write", "output", "reasoning", "unsplit")
    }
    insert(
        conn, "spans", trace_id=trace_id, span_id=span_id, kind=random.choice(KINDS), name=random.choice(("", *TEXTS)),
        start_ns=start_ns, end_ns=random.choice([None, start_ns, start_ns + 812_000_000, start_ns + 2 * SECOND, 0]),
        ttft_ns=random.choice([None, 0, 300_000_000, 2 * SECOND]), status=status, cost_usd=random.choice(MONEY),
        tags=random.choice(TAGS), metadata=random.choice(METADATA), depth=depth, is_leaf=random.randrange(2),
        **texts, **tokens, **_owners(random, 0.7),
    )  # fmt: skip


def _hostile_payload(payloads: Payloads, random: Random, trace_id: str, span_id: str) -> None:
    prompt, response = " ".join(random.sample(TEXTS, 2)), random.choice(TEXTS)
    payloads.texts[trace_id, span_id] = {"prompt": prompt, "response": response, "any": f"{prompt}\n{response}"}
    values: list[Any] = [*TEXTS[:8], 200, 503, "503", 0.5, True, False, ["x"], {"a": 1}, "", -1]
    names = ("http.status_code", "a b", 'q"', "x'; --", "%", "ключ")
    payloads.attributes[trace_id, span_id] = {name: random.choice(values) for name in random.sample(names, 3)}


def _hostile_score(conn: sqlite3.Connection, random: Random, trace_id: str, span_id: str | None, id_: str) -> None:
    kind = random.choice(["number", "boolean", "category"])
    value = {"number": random.choice([0, 1, 0.25, 0.5, -1, 1e9, None]), "boolean": random.randrange(2)}.get(kind)
    insert(
        conn, "scores", id=id_, trace_id=trace_id, span_id=span_id, data_type=kind, value=value,
        name=random.choice(["helpful", "Helpful", "user rating", "größe", 'to"ne', "a.b"]),
        label=random.choice(["good", "Bad", "naïve", "5", None]) if kind == "category" else None,
        superseded_by=random.choice([None, None, None, "other"]), retracted_ns=random.choice([None, None, None, 5]),
    )  # fmt: skip
