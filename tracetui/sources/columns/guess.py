"""Guess the mapping of a table or a log from the names of its columns and some sample rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

from tracetui.model import Json
from tracetui.sources.columns.decisions import decide_duration, decide_moment, decide_money, decide_usage, time_notes
from tracetui.sources.columns.fits import fits, is_verdict
from tracetui.sources.columns.leaves import NESTED, Leaf, find_leaves, ranks_of, spelled
from tracetui.sources.columns.mapping import Column, Join, Mapping
from tracetui.sources.columns.synonyms import BY_NAME, FIELDS, RATING_OBJECTS, RATINGS, Field
from tracetui.sources.columns.toml import path_text
from tracetui.sources.columns.values import Row, text_of

_MOST_COLUMNS = 4
_COMPARED = ("model", "cost", "input_tokens", "output_tokens", "user_id", "session_id", "trace_id", "status")
_JOINED = (
    "trace_id",
    "user_id",
    "session_id",
    "feature",
    "environment",
    "release",
    "prompt_name",
    "prompt_version",
    "tags",
)
_COUNTS = (
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
)
_AGENT_TABLES = ("agent", "run", "trace", "session", "workflow", "chain", "task", "job", "request")


class Claim(Struct):
    """A leaf that a field could be read from, and how well its name fits (0 is best)."""

    rank: int
    order: int
    field: Field
    leaf: Leaf


def guess_mapping(
    names: Sequence[str],
    rows: Sequence[Row],
    *,
    match: str = "*",
    format: str = "",
    joins: tuple[Join, ...] = (),
) -> Mapping:
    """The most likely mapping of rows with these columns. `rows` are up to some hundred, spread over the whole.

    `joins` are header tables whose columns stand in the rows as `{table: {column: value}}`.
    """
    joined = frozenset(join.table for join in joins)
    leaves = [leaf for leaf in find_leaves(names, rows) if not _is_foreign(leaf, joined)]
    claims = sorted(_claims(leaves, joined), key=lambda claim: (claim.rank, claim.order))
    chosen = _choose(claims)
    _settle(chosen, claims)
    taken = {leaf.path for several in chosen.values() for leaf in several}
    for claim in claims:
        _add_alternative(chosen, taken, claim, len(rows))
    scores = _ratings(leaves, taken)
    return _mapping(chosen, scores, leaves, len(rows), Mapping(match=match, format=format, joins=joins))


def _is_foreign(leaf: Leaf, joined: frozenset[str]) -> bool:
    """A joined header is no JSON of the row's own: only what it holds counts, not itself."""
    return leaf.is_top and leaf.path[0] in joined


def _claims(leaves: Sequence[Leaf], joined: frozenset[str]) -> Iterator[Claim]:
    for leaf in leaves:
        is_joined = leaf.path[0] in joined
        for order, field, rank in _joined_ranks(leaf) if is_joined else ranks_of(leaf.name, leaf.wrappers):
            if fits(field, leaf):
                yield Claim(rank, order, field, leaf)


def _joined_ranks(leaf: Leaf) -> Iterator[tuple[int, Field, int]]:
    for order, field in enumerate(FIELDS):
        if (rank := _joined_rank(field, leaf)) is not None:
            yield order, field, rank


def _joined_rank(field: Field, leaf: Leaf) -> int | None:
    if field.name not in _JOINED or len(leaf.path) != 2 or leaf.name not in field.names:
        return None
    return NESTED + field.names.index(leaf.name)


def _choose(claims: Sequence[Claim]) -> dict[str, list[Leaf]]:
    """Each leaf to the field that it fits best, each field its best leaf. What lies within an object that one field
    reads as a whole (a usage) is left to it."""
    chosen: dict[str, list[Leaf]] = {}
    taken: set[tuple[str, ...]] = set()
    whole = [claim.leaf.path for claim in claims if claim.field.name == "usage"]
    for claim in claims:
        path = claim.leaf.path
        is_inside = claim.field.name in _COUNTS and any(path[: len(usage)] == usage for usage in whole)
        if claim.field.name in chosen or path in taken or is_inside:
            continue
        chosen[claim.field.name] = [claim.leaf]
        taken.add(path)
    return chosen


def _settle(chosen: dict[str, list[Leaf]], claims: Sequence[Claim]) -> None:
    """What the names alone cannot say: which id is whose, and whose a lone `result` is."""
    _settle_run_id(chosen, claims)
    result = chosen.get("tool_result")
    is_lone = "output" not in chosen and not chosen.get("tool_arguments") and not chosen.get("tool_name")
    if result and is_lone and result[0].name in BY_NAME["output"].names:
        chosen["output"] = chosen.pop("tool_result")
    arguments = chosen.get("tool_arguments")
    if arguments and "tool_name" not in chosen and "kind" not in chosen and "tool_result" not in chosen:
        del chosen["tool_arguments"]
    label = chosen.get("name")
    if label and label[0].name == "label" and any(claim.leaf.name in RATINGS[:3] for claim in claims):
        del chosen["name"]


def _settle_run_id(chosen: dict[str, list[Leaf]], claims: Sequence[Claim]) -> None:
    """`parent_run_id` beside `run_id` says that `run_id` is the row's own id, not the trace's."""
    parent = chosen.get("parent_id")
    if not parent or not parent[0].name.startswith("parent_"):
        return
    own_name = parent[0].name.removeprefix("parent_")
    own = next((claim for claim in claims if claim.field.name == "span_id" and claim.leaf.name == own_name), None)
    if own is None or chosen.get("span_id", [None])[0] is own.leaf:
        return
    chosen["span_id"] = [own.leaf]
    if chosen.get("trace_id", [None])[0] is own.leaf:
        del chosen["trace_id"]
        other = next((claim for claim in claims if claim.field.name == "trace_id" and claim.leaf is not own.leaf), None)
        if other is not None:
            chosen["trace_id"] = [other.leaf]


def _add_alternative(chosen: dict[str, list[Leaf]], taken: set[tuple[str, ...]], claim: Claim, count: int) -> None:
    """A further leaf for a field, where it has values in rows in which those before it have none."""
    several = chosen.get(claim.field.name)
    leaf = claim.leaf
    if several is None or leaf.path in taken or len(several) >= _MOST_COLUMNS or not leaf.values:
        return
    if claim.field.name in ("trace_id", "span_id", "parent_id", "tags", "metadata", "usage") and count:
        return
    covered = {number for other in several for number in other.values}
    if not leaf.values.keys() <= covered:
        several.append(leaf)
        taken.add(leaf.path)


def _ratings(leaves: Sequence[Leaf], taken: set[tuple[str, ...]]) -> dict[str, Leaf]:
    """Columns that are ratings, by the name that the score gets."""
    found: dict[str, Leaf] = {}
    for leaf in leaves:
        is_inside = any(leaf.path[: len(path)] == path for path in (other.path for other in found.values()))
        if leaf.path in taken or is_inside or len(leaf.path) > 2 or leaf.name in found:
            continue
        if len(leaf.path) == 2 and (
            leaf.name in ("label", "score", "like", "correct") or leaf.wrappers[0] not in _HOLDERS
        ):
            continue
        if leaf.name in RATING_OBJECTS or (leaf.name in RATINGS and _holds_ratings(leaf)):
            found[leaf.name] = leaf
            taken.add(leaf.path)
    return found


_HOLDERS = frozenset({"metadata", "meta", "extra", "data", "attributes", "feedback", "properties"})


def _holds_ratings(leaf: Leaf) -> bool:
    values = list(leaf.values.values())
    if leaf.name in ("label", "verdict", "like", "correct"):
        return bool(values) and all(is_verdict(value) for value in values)
    return all(not isinstance(value, list) for value in values)


def _mapping(
    chosen: dict[str, list[Leaf]], scores: dict[str, Leaf], leaves: Sequence[Leaf], count: int, base: Mapping
) -> Mapping:
    notes: list[str] = []
    fields = {name: tuple(_column(name, leaf, chosen, notes) for leaf in several) for name, several in chosen.items()}
    usage = decide_usage(chosen, notes)
    time_notes(chosen, notes)
    notes += _contradictions(chosen, leaves)
    read = {path[0] for several in chosen.values() for path in (leaf.path for leaf in several)}
    read |= {leaf.path[0] for leaf in scores.values()}
    unused = tuple(leaf.path[0] for leaf in leaves if leaf.is_top and leaf.path[0] not in read)
    return msgspec.structs.replace(
        base,
        fields=fields,
        scores={name: Column(leaf.path) for name, leaf in scores.items()},
        usage=usage,
        kind=_default_kind(chosen, base.match),
        notes=tuple(notes),
        unused=unused,
    )


def _column(field: str, leaf: Leaf, chosen: dict[str, list[Leaf]], notes: list[str]) -> Column:
    if field == "duration":
        return Column(leaf.path, unit=decide_duration(leaf, chosen, notes))
    if field == "ttft":
        return Column(leaf.path, unit=decide_moment(leaf, chosen, notes))
    if BY_NAME[field].shape == "money":
        return decide_money(leaf)
    return Column(leaf.path)


def _default_kind(chosen: dict[str, list[Leaf]], table: str) -> str | None:
    """The kind of rows that do not say it, where it is not the usual generation."""
    if "kind" in chosen or "model" in chosen or "usage" in chosen or any(name in chosen for name in _COUNTS):
        return None
    if "tool_name" in chosen or "tool_arguments" in chosen or "tool" in table.lower():
        return "tool"
    return _kind_of_table(table.lower())


def _kind_of_table(table: str) -> str | None:
    if "retriev" in table:
        return "retriever"
    if any(word in table for word in ("llm", "prompt", "completion", "generation", "chat", "message")):
        return None
    return next(("agent" if word == "agent" else "chain" for word in _AGENT_TABLES if word in table), None)


def _contradictions(chosen: dict[str, list[Leaf]], leaves: Sequence[Leaf]) -> Iterator[str]:
    """Columns that claim the same field with another value: the better name is taken, and it is said."""
    for name in _COMPARED:
        if name not in chosen:
            continue
        best, field = chosen[name][0], BY_NAME[name]
        for leaf in leaves:
            if leaf is best or not leaf.is_top or leaf.name not in field.names or not fits(field, leaf):
                continue
            if any(leaf in several for several in chosen.values()):
                continue
            both = best.values.keys() & leaf.values.keys()
            if any(_differ(best.values[number], leaf.values[number]) for number in both):
                yield f"{path_text(best.path)} and {path_text(leaf.path)} differ: {path_text(best.path)} is taken as {name}"


def _differ(one: Json, other: Json) -> bool:
    return text_of(one) != text_of(other)


STRONG_INPUTS = frozenset(
    {"messages", "input_messages", "prompt", "prompt_text", "prompt_messages", "user_prompt", "system_prompt"}
)
STRONG_OUTPUTS = frozenset({"response", "completion", "response_text", "generated_text", "completion_text", "choices"})
_TRAFFIC = frozenset({"method", "url", "http_method", "path", "host", "user_agent", "remote_addr"})


def is_about_calls(mapping: Mapping, names: Sequence[str]) -> bool:
    """Whether rows so mapped are traces: a model, messages, a prompt or a response; and a time, tokens or cost.

    Names that any table could have (`content`, `result`, `input`) count only as a pair, and not beside `role`, `url`.
    """
    plain_names = set(_spelled(names))
    if not mapping.has("start", "end", "duration", "usage", "cost", "input_cost", *_COUNTS):
        return False
    if mapping.has("model"):
        return _has_company(mapping)
    if mapping.has("input_tokens", "output_tokens", "usage") or (
        mapping.has("kind") and mapping.has("trace_id", "parent_id")
    ):
        return True
    if "role" in plain_names or plain_names & _TRAFFIC:
        return False
    said = {name for column in ("input", "output", "system") for name in _last_names(mapping, column)}
    return bool(said & (STRONG_INPUTS | STRONG_OUTPUTS)) or (mapping.has("input") and mapping.has("output"))


def is_about_tools(mapping: Mapping) -> bool:
    """Whether rows so mapped are calls of tools: beside a table of model calls they are taken for spans."""
    return (
        mapping.has("tool_name", "name")
        and mapping.has("tool_arguments", "tool_result", "input", "output")
        and mapping.has("start", "end", "duration")
        and mapping.has("trace_id", "parent_id")
    )


def _has_company(mapping: Mapping) -> bool:
    """A model alone makes no call: `phones(model, created_at)`, `prices(model, cost)`."""
    return mapping.has("input", "output", "usage", "duration", "ttft", "tool_calls", *_COUNTS) or (
        mapping.has("cost", "input_cost") and mapping.has("start", "end")
    )


def _spelled(names: Sequence[str]) -> Iterator[str]:
    return (spelled(name) for name in names)


def _last_names(mapping: Mapping, field: str) -> set[str]:
    return set(_spelled([column.path[-1] for column in mapping.fields.get(field, ())]))
