"""The one SQLite schema: the tracetui store that users keep, and the index that is made of foreign sources.

Both have `spans`, `traces`, `scores`, `weights`. A store also has `payloads` (what each span carried), `dropped` and
`stale`, which its triggers fill, so that a program that writes plain SQL needs to know `spans` and `payloads` only. An
index also has `origins` (one row a source: how far it was read, what was odd) and, for each span, where its payload lies.

docs/schema.md explains it to users; a change here is a new migration there and a new `INDEX_VERSION`.
"""

from __future__ import annotations

STORE_VERSION = 3
"""`PRAGMA user_version` of a tracetui store."""
APPLICATION_ID = 0x54524355
"""`PRAGMA application_id` of a tracetui store: "TRCU"."""
INDEX_VERSION = 9
"""Part of an index's file name: a new version is a new file, the old one is never migrated."""

SPAN_COLUMNS: tuple[str, ...] = (
    "trace_id", "span_id", "parent_id", "kind", "name", "start_ns", "end_ns", "ttft_ns", "status", "status_message",
    "model", "provider", "finish_reason",
    "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens", "unsplit_tokens",
    "usage_inconsistent",
    "cost_usd", "cost_origin", "cost_reason", "cost_price",
    "user_id", "session_id", "feature", "environment", "prompt_name", "prompt_version", "release", "tool_name",
    "tags", "metadata", "service_tier", "response_id", "cache_write_1h_tokens",
)  # fmt: skip
"""What a span says of itself, in the order of `model.Span` with usage and cost spread out."""

DERIVED_COLUMNS: tuple[str, ...] = ("depth", "is_leaf", "is_orphan", "repeats_usage")
"""What follows from the other spans of the trace: `depth` is 0 for roots (orphans are roots); `repeats_usage` says
what of the span is already counted on other spans."""

REPEATS: dict[tuple[bool, bool], int] = {(False, False): 0, (True, True): 1, (False, True): 2, (True, False): 3}
"""Usage and cost counted elsewhere → the value of `repeats_usage`. 2: the cost is in that of a span above, which was
recorded; 3: such a span, whose usage only repeats what is under it."""
USAGE_IS_OWN, COST_IS_OWN = (0, 2), (0, 3)
"""The values of `repeats_usage` with which the usage, and the cost, of a span are added up."""
USAGE_COUNTS = f"s.repeats_usage IN {USAGE_IS_OWN}"
COST_COUNTS = f"s.repeats_usage IN {COST_IS_OWN}"
HAS_USAGE = (
    "coalesce(s.input_tokens, s.cache_read_tokens, s.cache_write_tokens, s.output_tokens, s.unsplit_tokens) IS NOT NULL"
)

REFERENCE_COLUMNS: tuple[str, ...] = ("origin_id", "position", "length", "item")
"""Where the payload lies, in an index: the source, byte offset or row id, byte length, place within the record."""

TRACE_COLUMNS: tuple[str, ...] = (
    "trace_id", "name", "start_ns", "end_ns", "status", "status_message", "root_id",
    "spans", "generations", "tool_calls", "errors", "refused", "running",
    "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens", "unsplit_tokens",
    "cost_usd", "recorded_usd", "computed_usd", "priced", "unpriced",
    "user_id", "session_id", "feature", "environment", "models", "changed",
)  # fmt: skip
"""The roll-up of a trace. `models` is a JSON array; `changed` grows with every change of any trace."""

SCORE_COLUMNS: tuple[str, ...] = (
    "id", "trace_id", "span_id", "name", "value", "label", "data_type", "comment", "source", "author", "time_ns",
    "superseded_by", "retracted_ns",
)  # fmt: skip
"""A score is current where `superseded_by` and `retracted_ns` are both NULL. `data_type`: number boolean category."""

_SPANS = """
CREATE TABLE spans (
  trace_id TEXT NOT NULL,
  span_id TEXT NOT NULL,
  parent_id TEXT,
  kind TEXT NOT NULL DEFAULT 'span',
  name TEXT NOT NULL DEFAULT '',
  start_ns INTEGER NOT NULL,
  end_ns INTEGER,
  ttft_ns INTEGER,
  status TEXT NOT NULL DEFAULT 'success',
  status_message TEXT,
  model TEXT,
  provider TEXT,
  finish_reason TEXT,
  input_tokens INTEGER,
  cache_read_tokens INTEGER,
  cache_write_tokens INTEGER,
  output_tokens INTEGER,
  reasoning_tokens INTEGER,
  unsplit_tokens INTEGER,
  usage_inconsistent INTEGER NOT NULL DEFAULT 0,
  cost_usd REAL,
  cost_origin TEXT,
  cost_reason TEXT,
  cost_price TEXT,
  user_id TEXT,
  session_id TEXT,
  feature TEXT,
  environment TEXT,
  prompt_name TEXT,
  prompt_version TEXT,
  release TEXT,
  tool_name TEXT,
  tags TEXT,
  metadata TEXT,
  service_tier TEXT,
  response_id TEXT,
  cache_write_1h_tokens INTEGER,
  depth INTEGER NOT NULL DEFAULT 0,
  is_leaf INTEGER NOT NULL DEFAULT 1,
  is_orphan INTEGER NOT NULL DEFAULT 0,
  repeats_usage INTEGER NOT NULL DEFAULT 0{references},
  PRIMARY KEY (trace_id, span_id)
);
"""

_TRACES = """
CREATE TABLE traces (
  trace_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  start_ns INTEGER NOT NULL,
  end_ns INTEGER,
  status TEXT NOT NULL,
  status_message TEXT,
  root_id TEXT,
  spans INTEGER NOT NULL,
  generations INTEGER NOT NULL,
  tool_calls INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  running INTEGER NOT NULL,
  input_tokens INTEGER,
  cache_read_tokens INTEGER,
  cache_write_tokens INTEGER,
  output_tokens INTEGER,
  reasoning_tokens INTEGER,
  unsplit_tokens INTEGER,
  cost_usd REAL,
  recorded_usd REAL NOT NULL,
  computed_usd REAL NOT NULL,
  priced INTEGER NOT NULL,
  unpriced INTEGER NOT NULL,
  user_id TEXT,
  session_id TEXT,
  feature TEXT,
  environment TEXT,
  models TEXT NOT NULL DEFAULT '[]',
  changed INTEGER NOT NULL
);
CREATE INDEX traces_by_start ON traces (start_ns, trace_id);
CREATE INDEX traces_by_change ON traces (changed);
"""

SCORES_TABLE = """
CREATE TABLE IF NOT EXISTS {table} (
  id TEXT PRIMARY KEY,
  trace_id TEXT NOT NULL,
  span_id TEXT,
  name TEXT NOT NULL,
  value REAL,
  label TEXT,
  data_type TEXT NOT NULL DEFAULT 'number',
  comment TEXT,
  source TEXT NOT NULL DEFAULT 'human',
  author TEXT,
  time_ns INTEGER NOT NULL DEFAULT 0,
  superseded_by TEXT,
  retracted_ns INTEGER
);
CREATE INDEX IF NOT EXISTS {table}_by_trace ON {table} (trace_id, span_id, name);
"""

WEIGHTS_TABLE = """
CREATE TABLE IF NOT EXISTS weights (
  trace_id TEXT PRIMARY KEY,
  weight REAL NOT NULL DEFAULT 1 CHECK (typeof(weight) = 'real' AND weight BETWEEN 1 AND 1e9),
  reason TEXT NOT NULL DEFAULT 'rate'
) WITHOUT ROWID;
"""
"""What sampling decided: how many traces each kept one stands for, and why it was kept. A trace without a row stands for
itself. Its own table, because rows of `traces` are made anew from spans, and because an empty one costs no sum anything."""

DROPPED_TABLE = """
CREATE TABLE IF NOT EXISTS dropped (
  changed INTEGER NOT NULL,
  trace_id TEXT NOT NULL,
  PRIMARY KEY (changed, trace_id)
) WITHOUT ROWID;
"""
"""The traces that left a store last, with the value of `traces.changed` that was given then: so that others notice."""

_PAYLOADS = """
CREATE TABLE payloads (
  trace_id TEXT NOT NULL,
  span_id TEXT NOT NULL,
  input TEXT,
  output TEXT,
  tools TEXT,
  attributes TEXT,
  events TEXT,
  raw TEXT,
  PRIMARY KEY (trace_id, span_id)
);
"""

_STALE = """
CREATE TABLE stale (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  trace_id TEXT NOT NULL UNIQUE
);
CREATE TRIGGER spans_inserted AFTER INSERT ON spans BEGIN
  INSERT OR REPLACE INTO stale (trace_id) VALUES (NEW.trace_id);
END;
CREATE TRIGGER spans_updated AFTER UPDATE ON spans
WHEN OLD.depth IS NEW.depth AND OLD.is_leaf IS NEW.is_leaf
 AND OLD.is_orphan IS NEW.is_orphan AND OLD.repeats_usage IS NEW.repeats_usage BEGIN
  INSERT OR REPLACE INTO stale (trace_id) VALUES (NEW.trace_id);
END;
CREATE TRIGGER spans_deleted AFTER DELETE ON spans BEGIN
  INSERT OR REPLACE INTO stale (trace_id) VALUES (OLD.trace_id);
END;
"""

_ORIGINS = """
CREATE TABLE origins (
  origin_id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  format TEXT NOT NULL,
  cursor TEXT,
  done INTEGER NOT NULL DEFAULT 0,
  total INTEGER NOT NULL DEFAULT 0,
  skipped INTEGER NOT NULL DEFAULT 0,
  duplicates INTEGER NOT NULL DEFAULT 0,
  replaced INTEGER NOT NULL DEFAULT 0,
  incomplete INTEGER NOT NULL DEFAULT 0,
  other INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE skips (
  origin_id INTEGER NOT NULL,
  line INTEGER,
  reason TEXT NOT NULL
);
CREATE TABLE families (
  origin_id INTEGER NOT NULL,
  span_id TEXT NOT NULL,
  trace_id TEXT NOT NULL,
  PRIMARY KEY (origin_id, span_id)
) WITHOUT ROWID;
CREATE TABLE joined (
  trace_id TEXT NOT NULL,
  span_id TEXT NOT NULL,
  origin_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  length INTEGER NOT NULL,
  item INTEGER NOT NULL,
  PRIMARY KEY (trace_id, span_id, origin_id, position, item)
) WITHOUT ROWID;
"""

_CLOCK = """
CREATE TABLE clock (changed INTEGER NOT NULL);
INSERT INTO clock VALUES (0);
"""
"""The newest value of `traces.changed` that was ever given: traces leave an index, and a number that was used twice
would hide a change from other processes."""

_REFERENCES = """,
  origin_id INTEGER NOT NULL DEFAULT 0,
  position INTEGER NOT NULL DEFAULT 0,
  length INTEGER NOT NULL DEFAULT 0,
  item INTEGER NOT NULL DEFAULT 0"""

STORE_SCHEMA = (
    _SPANS.format(references="")
    + _TRACES
    + SCORES_TABLE.format(table="scores")
    + WEIGHTS_TABLE
    + DROPPED_TABLE
    + _PAYLOADS
    + _STALE
)
"""DDL of a tracetui store."""

INDEX_SCHEMA = (
    _SPANS.format(references=_REFERENCES)
    + _TRACES
    + SCORES_TABLE.format(table="scores")
    + WEIGHTS_TABLE
    + _ORIGINS
    + _CLOCK
    + "CREATE INDEX spans_pending ON spans (trace_id) WHERE cost_reason = 'pending';"
)
"""DDL of an index of foreign sources."""
