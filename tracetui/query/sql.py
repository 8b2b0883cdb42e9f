"""A filter as SQL: the traces that it selects, and the spans of them that it is about.

The functions that the SQL calls (`has_text`, `attribute`, `is_marked`, and `SQL_FUNCTIONS` of fold.py) are registered by
whoever runs it. Values are bound, never pasted; a NULL result means no.
"""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import TypeGuard

from msgspec import Struct, structs

from tracetui.query.ast import (
    And,
    Compare,
    Has,
    Is,
    Leaf,
    Moments,
    Node,
    Not,
    Or,
    Scope,
    Text,
    Value,
    all_of,
    children,
    reads_payload,
)
from tracetui.query.compare import (
    LOOKUP,
    PAYLOAD,
    Clock,
    Parameter,
    Sql,
    any_of,
    join,
    test_of,
)
from tracetui.query.fields import FLAGS, Field
from tracetui.query.lookup import within
from tracetui.query.needed import Sought, needed_texts, sought_texts
from tracetui.query.parser import parse
from tracetui.query.scope import is_about_span, scoped
from tracetui.query.times import Moment

_YES = Sql("1")
_OF_TRACE = "spans s WHERE s.trace_id = t.trace_id"
"""The spans of a trace, by the key."""
_NEARBY = "near_spans s WHERE s.place BETWEEN t.first_place AND t.last_place AND s.trace_id = t.trace_id"
"""The same by where they lie, side by side."""
_SURE = 16
"""So many characters of an id are hardly the beginning of many others."""
_ROOT = Is(next(flag for flag in FLAGS if flag.name == "root"))


class Filter(Struct, frozen=True):
    """A compiled filter.

    `trace_sql` is a condition over `t`, a row of `traces`: spans are scanned once for each conjunction. `probe_sql` is the
    same condition for a few known traces: their spans are looked up, nothing is scanned. `near_sql` is the same for rows `t`
    that say between which rows of `near_spans` their spans lie, and with `near_values`, as `store.near` lays them.
    `is_narrow`: a term names the trace by its id, so that few are looked at at all. `span_sql` is a condition over
    `s` and its trace `t` for the spans that a matching trace was selected for; where `marks_spans` is False the filter
    is about no span in particular, and that is all of them. `reads_text`: payloads are read, which takes long; traces are
    then tested one by one in the order of the outer query, so that first results come at once. `needed` are texts of which
    each stands somewhere in a matching trace, `sought` what is asked of the texts of spans.
    """

    text: str
    trace_sql: str
    trace_params: tuple[Parameter, ...]
    span_sql: str
    span_params: tuple[Parameter, ...]
    reads_text: bool
    is_empty: bool
    probe_sql: str
    probe_params: tuple[Parameter, ...]
    marks_spans: bool
    near_sql: str
    near_params: tuple[Parameter, ...]
    needed: tuple[str, ...] = ()
    is_narrow: bool = False
    sought: tuple[Sought, ...] = ()


class _Place(Struct, frozen=True):
    """Where an expression stands. `key` is the trace's id there; `probes`: a scope looks the trace's spans up instead
    of scanning all spans, and this is how; `has_trace`: the row `t` is the trace of `s`; `knows_values`: there are
    `near_values`."""

    clock: Clock
    key: str = "t.trace_id"
    probes: str = ""
    has_trace: bool = True
    knows_values: bool = False


def compile_filter(text: str, *, now_ns: int, tzinfo: tzinfo = UTC) -> Filter:
    """Compile a filter. `now_ns` and `tzinfo` say what `2h` and `today` mean. Raises FilterError."""
    written = parse(text)
    if written is None:
        return Filter(text, "1", (), "1", (), False, True, "1", (), False, "1", ())
    node = scoped(written)
    clock = Clock(now_ns, tzinfo)
    probing = _Place(clock, probes=_OF_TRACE)
    traces = _build(node, probing if _is_narrow(node) else _Place(clock))
    probe = _build(node, probing)
    near = _build(node, _Place(clock, probes=_NEARBY, knows_values=True))
    spans = _witnesses(node, probing) or probe
    return Filter(
        text,
        traces.text,
        traces.parameters,
        spans.text,
        spans.parameters,
        reads_payload(node),
        False,
        probe.text,
        probe.parameters,
        _finds_witnesses(node),
        near.text,
        near.parameters,
        needed_texts(node),
        _names_trace(node),
        sought_texts(node),
    )


def _names_trace(node: Node) -> bool:
    """Whether a term on top has the id of a trace, or so much of it that hardly another one begins like that."""
    if isinstance(node, And):
        return any(_names_trace(child) for child in node.nodes)
    return isinstance(node, Compare) and node.field.name == "trace" and all(map(_is_nearly_whole, node.values))


def _is_nearly_whole(value: Value) -> bool:
    return isinstance(value, Text) and len(value.parts[0]) >= _SURE


def _is_narrow(node: Node) -> bool:
    """Whether a term on top leaves few traces, so that looking up their spans beats a scan of all spans."""
    if isinstance(node, And):
        return any(_is_narrow(child) for child in node.nodes)
    if isinstance(node, Is):
        return node.flag.name == "marked"
    if not isinstance(node, Compare):
        return False
    has_start = all(isinstance(value, Moment) or (isinstance(value, Moments) and value.low) for value in node.values)
    operator = node.operator or node.field.implied
    return node.field.name == "trace" or (node.field.type == "time" and has_start and operator not in ("<", "<="))


def _build(node: Node, place: _Place) -> Sql:
    """The condition of a node at its place."""
    if isinstance(node, And | Or):
        return _combine(node, [_build(child, place) for child in node.nodes])
    if isinstance(node, Not):
        inner = _build(node.node, place)
        return structs.replace(inner, text=f"({inner.text}) IS NOT TRUE")
    if isinstance(node, Scope):
        return _scope(node, place)
    return _inherited(node, place) if _is_inherited(node) and not place.has_trace else _leaf(node, place)


def _combine(node: And | Or, parts: list[Sql]) -> Sql:
    """Parts joined, and nothing dear evaluated where the cheap ones have decided already.

    SQLite may evaluate terms in an order of its own, and both sides of an AND whose value is taken, but not the
    branches of a CASE.
    """
    word = "AND" if isinstance(node, And) else "OR"
    cheap = [part for part in parts if part.price < PAYLOAD]
    dear = [part for part in parts if part.price == PAYLOAD]
    if not cheap or not dear or not is_about_span(node):
        return join(parts, word)
    first, second = join(cheap, word), join(dear, word)
    then = f"CASE WHEN {second.text} THEN 1 END" if word == "AND" else f"1 WHEN {second.text} THEN 1"
    return Sql(f"CASE WHEN {first.text} THEN {then} END", first.parameters + second.parameters, PAYLOAD)


def _scope(scope: Scope, place: _Place) -> Sql:
    """Whether the trace has such a span: by a look at its own spans, or by one scan of all."""
    if scope.name == "all":
        inner = _scope(Scope("any", Not(scope.node)), place)
        return structs.replace(inner, text=f"({inner.text}) IS NOT TRUE")
    node = all_of([_ROOT, scope.node]) if scope.name == "root" else scope.node
    if place.probes or reads_payload(node):
        inner = _build(node, _Place(place.clock, probes=place.probes, knows_values=place.knows_values))
        sql = f"EXISTS (SELECT 1 FROM {place.probes or _OF_TRACE} AND {inner.text})"
        return Sql(sql, inner.parameters, max(inner.price, LOOKUP))
    return _inherited_alone(node, place) or _scan(node, place)


def _scan(node: Node, place: _Place) -> Sql:
    """The traces of all spans for which the node holds; their rows in `traces` are joined only where they are needed."""
    has_trace = _needs_trace(node)
    inner = _build(node, _Place(place.clock, key="s.trace_id", has_trace=has_trace))
    source = "spans s JOIN traces t ON t.trace_id = s.trace_id" if has_trace else "spans s"
    return Sql(f"{place.key} IN (SELECT s.trace_id FROM {source} WHERE {inner.text})", inner.parameters, LOOKUP)


def _inherited_alone(node: Node, place: _Place) -> Sql | None:
    """Terms that traces nearly always decide: find the traces first, then look whether one of their spans agrees."""
    nodes = node.nodes if isinstance(node, And) else (node,)
    terms = [term for term in nodes if _is_inherited(term)]
    if place.key != "t.trace_id" or len(terms) < len(nodes):
        return None
    probe = _build(node, _Place(place.clock, probes=_OF_TRACE))
    exists = Sql(f"EXISTS (SELECT 1 FROM {_OF_TRACE} AND {probe.text})", probe.parameters, PAYLOAD)
    return join([*(_trace_or_span(term, place) for term in terms), exists], "AND")


def _trace_or_span(term: Compare | Has, place: _Place) -> Sql:
    """Whether the trace's own column, or that of any span, agrees with an inherited term."""
    of_trace = _leaf(_over(term, term.field.fallback), place)
    of_span = _leaf(_over(term, term.field.sql), place)
    scan = f"t.trace_id IN (SELECT s.trace_id FROM spans s WHERE {of_span.text})"
    return any_of([of_trace, Sql(scan, of_span.parameters, LOOKUP)])


def _inherited(term: Compare | Has, place: _Place) -> Sql:
    """An inherited term where the trace is not at hand: the span's own value, else whether its trace is among those
    that agree, which SQLite collects once."""
    own = term.field.sql
    of_span = _leaf(_over(term, own), place)
    of_trace = _leaf(_over(term, term.field.fallback), place)
    traces = f"s.trace_id IN (SELECT t.trace_id FROM traces t WHERE {of_trace.text})"
    sql = f"CASE WHEN {own} IS NULL THEN {traces} ELSE {of_span.text} END"
    return Sql(sql, of_trace.parameters + of_span.parameters, LOOKUP)


def _is_inherited(node: Node) -> TypeGuard[Compare | Has]:
    return isinstance(node, Compare | Has) and node.field.level == "inherited"


def _over(term: Compare | Has, sql: str) -> Compare | Has:
    """The same comparison over one column alone."""
    return structs.replace(term, field=structs.replace(term.field, sql=sql, fallback=""))


def _needs_trace(node: Node) -> bool:
    """Whether a condition reads the row of the trace, outside of scopes of its own."""
    if isinstance(node, Scope):
        return False
    if isinstance(node, Is):
        return node.flag.level == "trace"
    if isinstance(node, Compare | Has):
        return node.field.level == "trace"
    return any(_needs_trace(child) for child in children(node))


def _leaf(node: Leaf, place: _Place) -> Sql:
    """The condition of one term, over `s` and `t`."""
    if isinstance(node, Is):
        return Sql(f"({node.flag.sql})", (), LOOKUP if "SELECT" in node.flag.sql else 0)
    if isinstance(node, Has):
        return _recorded(node)
    field = _with_fallback(node.field)
    test = test_of(structs.replace(node, field=field), place.clock, knows_values=place.knows_values)
    return within(field, node.key, test, node)


def _recorded(node: Has) -> Sql:
    """Whether a field has a value: not NULL, and no empty text."""
    field = _with_fallback(node.field)
    if field.present and not node.key:
        return Sql(f"({field.present})", (), LOOKUP if "SELECT" in field.present else 0)
    if field.name == "score":
        return within(field, node.key, _YES, node)
    is_text = field.type in ("text", "id", "enum", "mixed")
    return within(field, node.key, Sql(f"{field.sql} <> ''" if is_text else f"{field.sql} IS NOT NULL"), node)


def _with_fallback(field: Field) -> Field:
    """An inherited field over the span's value, else the trace's."""
    return structs.replace(field, sql=field.of_row)


def _finds_witnesses(node: Node) -> bool:
    """Whether some spans, rather than all, are what a matching trace was selected for."""
    if isinstance(node, Scope):
        return node.name != "all"
    return isinstance(node, And | Or) and any(_finds_witnesses(child) for child in node.nodes)


def _witnesses(node: Node, place: _Place) -> Sql | None:
    """The spans that make a node hold, over `s` and `t`; None where no span in particular does."""
    if isinstance(node, Scope) and node.name != "all":
        return _build(all_of([_ROOT, node.node]) if node.name == "root" else node.node, place)
    if not isinstance(node, And | Or):
        return None
    found = [(child, _witnesses(child, place)) for child in node.nodes]
    marking = [sql for _, sql in found if sql]
    if not marking:
        return None
    if isinstance(node, Or):
        return any_of([sql or _build(child, place) for child, sql in found])
    conditions = [_build(child, place) for child, sql in found if len(marking) > 1 or not sql]
    return _combine(node, [*conditions, any_of(marking)])
