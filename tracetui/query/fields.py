"""THE table of the filter language: one row a field, one row a flag.

Parsing, SQL, completion, explanations and the table in docs/filter.md are all read from here: a new field is a new row.
SQL is written over `s` (a row of `spans`) and `t` (its row of `traces`).
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Literal, TypeAlias

from msgspec import Struct

from tracetui.model import KINDS, MODEL_CALLS, STATUSES

Type: TypeAlias = Literal["text", "id", "enum", "number", "tokens", "money", "duration", "time", "mixed", "payload"]
"""How values are written and compared. `mixed` is text or number, as recorded (JSON); `payload` is what a span carried,
which lies outside of the tables and is read by the function `has_text`."""

Level: TypeAlias = Literal["span", "inherited", "trace"]
"""Whom a field describes: the span; the span, else its trace (`inherited`); the trace alone."""

Key: TypeAlias = Literal["none", "name", "path"]
"""Whether a field takes a key after a dot: a whole name, or a path into JSON."""


class Field(Struct, frozen=True, kw_only=True):
    """One field. `sql` is its value (NULL: not recorded); for `mixed`, `number_sql` is the value as a number.

    `within` wraps a test of the value where a span has many of them; it holds `{test}`, and `{key}` for the test of the
    key. `fallback` is the column of the trace for an inherited field. `present` answers `has:` where that is not simply
    "the value is recorded". `json_column` is where the values lie as JSON text: rows that cannot match are passed over
    by a look at that text. `raw_sql` is a cheaper expression that holds the same characters beyond ASCII. `implied` is the operator of a field that has only one. `bare_units` says, for an alias,
    which unit a bare number has. `noun` is what a sentence calls it, where that is not its name.
    """

    name: str
    type: Type
    help: str
    example: str
    sql: str = ""
    aliases: tuple[str, ...] = ()
    level: Level = "span"
    key: Key = "none"
    values: tuple[str, ...] = ()
    noun: str = ""
    fallback: str = ""
    number_sql: str = ""
    within: str = ""
    present: str = ""
    json_column: str = ""
    raw_sql: str = ""
    scope: Literal["", "any", "prompt", "response"] = ""
    implied: str = ""
    bare_units: dict[str, str] = {}

    @property
    def is_of_row(self) -> bool:
        """Whether the value is one text of the span's row or of its trace's."""
        return self.type in ("text", "mixed") and self.key == "none" and not self.within

    @property
    def of_row(self) -> str:
        """SQL of the value, where that is the span's own or else its trace's."""
        return f"coalesce({self.sql}, {self.fallback})" if self.fallback else self.sql


class Flag(Struct, frozen=True, kw_only=True):
    """One flag of `is:`. `phrase` follows "is" or "is not" in a sentence. `negates` names the flag that this one is
    the negation of, with the meaning of a leading `-`; it needs no SQL of its own."""

    name: str
    help: str
    phrase: str = ""
    sql: str = ""
    level: Level = "span"
    negates: str = ""


def numeric_text(sql: str) -> str:
    """SQL for a text as a number, where all of it is one (in the grammar of JSON), else NULL."""
    return (
        f"CASE WHEN json_valid({sql}) THEN"
        f" CASE WHEN json_type({sql}) IN ('integer', 'real') THEN CAST({sql} AS REAL) END END"
    )


_USED = "coalesce(s.input_tokens, s.cache_read_tokens, s.cache_write_tokens, s.output_tokens)"
TOKENS = (
    "CASE WHEN coalesce({a}.input_tokens, {a}.cache_read_tokens, {a}.cache_write_tokens, {a}.output_tokens,"
    " {a}.unsplit_tokens) IS NOT NULL THEN coalesce({a}.input_tokens, 0) + coalesce({a}.cache_read_tokens, 0)"
    " + coalesce({a}.cache_write_tokens, 0) + coalesce({a}.output_tokens, 0) + coalesce({a}.unsplit_tokens, 0) END"
)
"""All tokens of a span or a trace, whose alias is to be filled in, as `Usage.total` has them; NULL where none were recorded."""
_TAGS = (
    "json_each(CASE WHEN json_valid(s.tags) THEN s.tags"
    """ ELSE '[' || replace(json_quote(s.tags), ',', '","') || ']' END)"""
)
"""Tags are a JSON array; programs that write SQL by hand put `a, b` there too."""
METADATA = (
    "json_each(CASE WHEN s.metadata LIKE '{%' AND json_valid(s.metadata) THEN s.metadata"
    " WHEN NOT json_valid(s.metadata) THEN json_object('value', s.metadata)"
    " WHEN json_type(s.metadata) = 'object' THEN s.metadata ELSE json_object('value', json(s.metadata)) END)"
)
"""Metadata is a JSON object; anything else counts as an object with the one key "value"."""
_JSON_TEXT = "CASE v.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(v.value AS TEXT) END"
_JSON_NUMBER = (
    f"CASE WHEN v.type IN ('integer', 'real') THEN v.value WHEN v.type = 'text' THEN {numeric_text('v.value')} END"
)
_SCORES = (
    "s.trace_id IN (SELECT c.trace_id FROM scores c) AND EXISTS (SELECT 1 FROM scores c WHERE c.trace_id = s.trace_id"
    " AND (c.span_id = s.span_id OR (c.span_id IS NULL AND s.depth = 0))"
    " AND c.superseded_by IS NULL AND c.retracted_ns IS NULL{and_test})"
)
_RATED = _SCORES.format(and_test="")

FIELDS: tuple[Field, ...] = (
    Field(name="name", type="text", sql="s.name", help="name of the span", example="name:support-*"),
    Field(
        name="kind", type="enum", sql="s.kind", values=KINDS, aliases=("type",),
        help="what the span is", example="kind:tool,retriever",
    ),
    Field(name="status", type="enum", sql="s.status", values=STATUSES, help="how it ended", example="status:error"),
    Field(name="model", type="text", sql="s.model", help="model of the call", example="model:gpt-5*"),
    Field(name="provider", type="text", sql="s.provider", help="who serves the model", example="provider:anthropic"),
    Field(
        name="user", type="text", sql="s.user_id", fallback="t.user_id", level="inherited", aliases=("user_id",),
        help="user id of the span, else of its trace", example="user:u-1042",
    ),
    Field(
        name="session", type="text", sql="s.session_id", fallback="t.session_id", level="inherited",
        aliases=("session_id",), help="session id of the span, else of its trace", example="session:chat-77",
    ),
    Field(
        name="feature", type="text", sql="s.feature", fallback="t.feature", level="inherited",
        help="feature of the span, else of its trace", example="feature:checkout",
    ),
    Field(
        name="tag", type="text", sql="trim(CAST(v.value AS TEXT))", raw_sql="v.value", json_column="s.tags",
        within=f"s.tags IS NOT NULL AND EXISTS (SELECT 1 FROM {_TAGS} v WHERE {{test}})", aliases=("tags",),
        help="one of the tags of the span", example="tag:beta",
    ),
    Field(
        name="env", noun="environment", type="text", sql="s.environment", fallback="t.environment", level="inherited",
        aliases=("environment",), help="environment of the span, else of its trace", example="env:production",
    ),
    Field(
        name="prompt", type="text", sql="s.prompt_name", aliases=("prompt_name",),
        help="name of the prompt template", example="prompt:triage",
    ),
    Field(
        name="version", noun="prompt version", type="mixed", sql="s.prompt_version", number_sql=numeric_text("s.prompt_version"),
        aliases=("prompt_version",), help="version of the prompt template", example="version:>=12",
    ),
    Field(
        name="latency", type="duration", sql="max(0, s.end_ns - s.start_ns)", aliases=("dur", "duration", "ms"),
        bare_units={"ms": "ms"}, help="wall time of the span", example="latency:>2s",
    ),
    Field(name="ttft", noun="time to the first token", type="duration", sql="s.ttft_ns", help="time to the first token", example="ttft:>800ms"),
    Field(name="cost", type="money", sql="s.cost_usd", help="US dollars of the call itself", example="cost:>=$0.01"),
    Field(name="tokens", type="tokens", sql=TOKENS.format(a="s"), help="all tokens of the call", example="tokens:>10k"),
    Field(
        name="input", noun="fresh input tokens", type="tokens", sql="s.input_tokens", aliases=("in", "input_tokens"),
        help="fresh input tokens, without cached ones", example="input:>4k",
    ),
    Field(
        name="output", noun="output tokens", type="tokens", sql="s.output_tokens", aliases=("out", "output_tokens"),
        help="output tokens, thinking included", example="output:..20",
    ),
    Field(
        name="cached", noun="cached input tokens", type="tokens", sql="s.cache_read_tokens", aliases=("cache_read",),
        help="input tokens read from the cache", example="cached:>0",
    ),
    Field(
        name="reasoning", noun="reasoning tokens", type="tokens", sql="s.reasoning_tokens", aliases=("thinking",),
        help="output tokens that were thinking", example="reasoning:>1k",
    ),
    Field(
        name="time", type="time", sql="t.start_ns", level="trace",
        help="when the trace started", example="time:2026-11-20",
    ),
    Field(
        name="since", type="time", sql="t.start_ns", level="trace", implied=">=",
        help="the trace started then or later", example="since:2h",
    ),
    Field(
        name="before", type="time", sql="t.start_ns", level="trace", implied="<",
        help="the trace started earlier", example="before:today",
    ),
    Field(name="depth", type="number", sql="s.depth", help="depth in the tree, 0 for a root", example="depth:>=3"),
    Field(name="spans", noun="number of spans", type="number", sql="t.spans", level="trace", help="spans of the trace", example="spans:>100"),
    Field(
        name="errors", noun="number of failed spans", type="number", sql="t.errors", level="trace",
        help="failed spans of the trace", example="errors:>1",
    ),
    Field(
        name="trace_latency", noun="total latency", type="duration", sql="max(0, t.end_ns - t.start_ns)", level="trace",
        help="wall time of the whole trace", example="trace_latency:>1m",
    ),
    Field(
        name="trace_cost", noun="total cost", type="money", sql="t.cost_usd", level="trace",
        help="US dollars of the whole trace", example="trace_cost:>$1",
    ),
    Field(
        name="trace_tokens", noun="tokens in total", type="tokens", sql=TOKENS.format(a="t"), level="trace",
        help="all tokens of the whole trace", example="trace_tokens:>100k",
    ),
    Field(
        name="tool", type="text",
        sql="coalesce(nullif(s.tool_name, ''), CASE WHEN s.kind = 'tool' THEN s.name END)", aliases=("tool_name",),
        help="name of the tool that was called", example="tool:web_search",
    ),
    Field(
        name="finish", noun="finish reason", type="text", sql="s.finish_reason", aliases=("finish_reason", "stop"),
        help="why the model stopped", example="finish:length",
    ),
    Field(
        name="score", type="mixed", key="name",
        sql="coalesce(c.label, CASE WHEN c.data_type = 'boolean' THEN CASE c.value WHEN 0 THEN 'false' WHEN 1 THEN 'true' END END)",
        number_sql="c.value", raw_sql="c.label", within=_SCORES.format(and_test=" AND {key} AND ({test})"), present=_RATED,
        help="a rating: number, true/false or label; a rating of the trace counts for its root",
        example="score.helpful:<0.5",
    ),
    Field(
        name="trace", noun="trace id", type="id", sql="t.trace_id", level="trace", aliases=("trace_id",),
        help="id of the trace, or its beginning", example="trace:4bf92f35",
    ),
    Field(
        name="id", noun="span id", type="id", sql="s.span_id", aliases=("span", "span_id"),
        help="id of the span, or its beginning", example="id:00f067aa",
    ),
    Field(
        name="metadata", type="mixed", key="path", sql=_JSON_TEXT, number_sql=_JSON_NUMBER, raw_sql="v.value",
        json_column="s.metadata",
        present="s.metadata NOT IN ('', '{}', '[]', 'null')", aliases=("meta",),
        help="a value of the metadata; dots go deeper", example="metadata.tier:gold",
    ),
    Field(
        name="text", type="payload", scope="any",
        help="everything captured: same as a free word", example='text:"refund policy"',
    ),
    Field(
        name="prompt_text", type="payload", scope="prompt", help="what was sent to the model or the tool",
        example="prompt_text:refund",
    ),
    Field(
        name="response_text", type="payload", scope="response", help="what the model or the tool gave back",
        example="response_text:sorry",
    ),
)  # fmt: skip
"""The fields, in the order in which they are offered."""

ATTRIBUTE = Field(
    name="@", type="mixed", key="name", sql="CAST(v.value AS TEXT)", raw_sql="v.value", help="an attribute, as the source recorded it",
    number_sql=f"CASE typeof(v.value) WHEN 'text' THEN {numeric_text('v.value')}"
    " WHEN 'integer' THEN v.value WHEN 'real' THEN v.value END",
    example="@http.status_code:>=500",
)  # fmt: skip
"""The field that `@path` stands for."""

FLAGS: tuple[Flag, ...] = (
    Flag(name="error", phrase="an error", sql="s.status = 'error'", help="the span failed"),
    Flag(name="refused", phrase="a refusal", sql="s.status = 'refused'", help="the model declined"),
    Flag(name="running", phrase="running", sql="s.status = 'running'", help="the span has no end yet"),
    Flag(name="root", phrase="a root", sql="s.depth = 0", help="the span has no parent"),
    Flag(name="leaf", phrase="a leaf", sql="s.is_leaf = 1", help="the span has no children"),
    Flag(name="rated", phrase="rated", sql=_RATED, help="the span has a rating (a root: or its trace)"),
    Flag(name="unrated", negates="rated", help="same as -is:rated"),
    Flag(
        name="marked", phrase="marked", sql="is_marked(t.trace_id)", level="trace",
        help="the trace is marked on the screen",
    ),
    Flag(
        name="unpriced", phrase="unpriced", help="a model call with usage, but without a cost",
        sql=f"s.kind IN ({', '.join(repr(kind) for kind in sorted(MODEL_CALLS))}) AND s.cost_usd IS NULL"
        f" AND coalesce({_USED}, s.unsplit_tokens) IS NOT NULL",
    ),
)  # fmt: skip
"""The flags of `is:`."""

SCOPES: dict[str, str] = {
    "any": "one span, perhaps another one, matches all of it",
    "root": "a root span matches all of it",
    "all": "every span of the trace matches it",
}
"""What chooses other spans, with its help."""

_BY_NAME = {name: field for field in FIELDS for name in (field.name, *field.aliases)}
_FLAG_BY_NAME = {flag.name: flag for flag in FLAGS}


def find_field(name: str) -> Field | None:
    """The field of that name or alias, in any case."""
    return _BY_NAME.get(name.lower())


def find_flag(name: str) -> Flag | None:
    """The flag of that name, in any case."""
    return _FLAG_BY_NAME.get(name.lower())


def suggest_field(name: str) -> str | None:
    """What somebody who wrote `name` before a colon may have meant: a field, or `is:flag`."""
    if find_flag(name):
        return f"is:{name.lower()}"
    near = get_close_matches(name.lower(), [*_BY_NAME, "is", "has"], 1, 0.65)
    return near[0] if near else None


def suggest(name: str, among: tuple[str, ...]) -> str | None:
    """The one of `among` that is nearest to `name`, or that `name` begins."""
    begun = [one for one in among if name and one.startswith(name.lower())]
    near = begun or get_close_matches(name.lower(), among, 1, 0.6)
    return near[0] if near else None


def field_table() -> str:
    """The fields and flags as Markdown tables, as they stand in docs/filter.md."""
    rows = ["| field | also | what | type | example |", "| --- | --- | --- | --- | --- |"]
    for field in (*FIELDS, ATTRIBUTE):
        shown = {"score": "score.NAME", "metadata": "metadata.KEY", "@": "@PATH"}.get(field.name, field.name)
        also = " ".join(f"`{alias}`" for alias in field.aliases)
        what = field.help + (f": {' '.join(field.values)}" if field.values else "")
        rows.append(f"| `{shown}` | {also} | {what} | {field.type} | `{field.example}` |")
    rows += ["", "| flag | what |", "| --- | --- |"]
    rows += [f"| `is:{flag.name}` | {flag.help} |" for flag in FLAGS]
    return "\n".join(rows) + "\n"
