"""promptfoo's database: results of evaluations, each a call of a model with what its assertions said.

A result is a trace with one generation; spans that were recorded while it ran lie under it. A rating is kept in
`tracetui_scores` and also written the way promptfoo's own page does it. docs/formats/promptfoo.md explains it to users.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import msgspec

from tracetui.model import REFUSALS, Cost, Payload, Score, Span, Status, Usage
from tracetui.semconv.attributes import RawSpan, interpret, unfold
from tracetui.semconv.chat import parse_messages
from tracetui.semconv.scalars import duration_of, number_of, text_of
from tracetui.semconv.usage import count, is_anthropic, split_usage
from tracetui.sources.base import Saved
from tracetui.sources.cells import MS, Dict, dict_of, json_cell, object_cell, raw_text, text_cell, time_ns
from tracetui.sources.head import Head
from tracetui.sources.promptfoo_older import OLDER, older_results
from tracetui.sources.promptfoo_ratings import rate, take_back
from tracetui.sources.promptfoo_scores import scores_of
from tracetui.sources.sqlite_file import Group, SqliteFile
from tracetui.sources.sqlite_read import ROW_ID, Database, Row
from tracetui.sources.sqlite_watch import Watched

_ERROR = 2
"""`failure_reason` of a call that failed; 1 is a failed assertion, and then `error` has the assertion's reason."""


class PromptfooSource(SqliteFile):
    """One `promptfoo.db`."""

    format = "promptfoo"
    watched = (
        Watched("eval_results", "id", stamp="updated_at"),
        Watched("spans", "trace_id"),
        Watched("evals", "id"),
    )
    scores_inside = True

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether it has promptfoo's table of results."""
        has_evals = head.has_columns("evals", "id", "results", "config")
        return has_evals and (
            head.has_columns("eval_results", "id", "eval_id") or "__drizzle_migrations" in head.tables
        )

    def notes(self) -> Iterable[str]:
        """What is not as promptfoo's own page has it."""
        yield "a failed assertion is a score, not an error: errors are calls that failed (failure_reason 2)"
        yield "a rating overrides the result on promptfoo's page; the totals of its evaluation are not recomputed"

    def keys_read(self, db: Database, keys: list[Any]) -> list[Any]:
        """Spans are read with the result during which they were recorded."""
        return [_result_of_trace(db, key) or key for key in keys]

    def read_group(self, db: Database, key: Any) -> Group:
        """A result with the spans recorded under it, the spans of a trace that belongs to no result, or the results
        that an evaluation of an older version holds itself."""
        group = Group()
        results = db.rows("eval_results", {"id": key})
        for row in results:
            _add_result(group, db, row)
        if not results:
            _add_spans(group, db, str(key), str(key), None)
            for row in older_results(group, db, key):
                _add_result(group, db, row)
        return group

    def key_of(self, span: Span) -> str:
        """Groups are results, traces or (older) evaluations."""
        return span.trace_id.partition(OLDER)[0]

    def write_score(self, score: Score) -> Saved:
        """Save it in `tracetui_scores` and, where it is a number, the way promptfoo's page rates a result."""
        saved = self._scores.write(score, partial(rate, score=score))
        return Saved(score, f"{saved.place} and the result's grading") if self._scores.goes_inside else saved

    def retract_score(self, score: Score) -> Saved:
        """Take it back; the result is graded as it was before."""
        return self._scores.retract(score, partial(take_back, score=score))


def _result_of_trace(db: Database, key: Any) -> str | None:
    """The result during which a trace was recorded; its test case is written as `<test>-<prompt>`."""
    for trace in db.rows("traces", {"trace_id": key}):
        test, _, prompt = str(trace.get("test_case_id")).partition("-")
        where = {"eval_id": trace.get("evaluation_id"), "test_idx": test, "prompt_idx": prompt}
        for row in db.rows("eval_results", where):
            return text_cell(row, "id")
    return None


def _add_result(group: Group, db: Database, row: Row) -> None:
    def complain(reason: str) -> None:
        group.skip("eval_results", row[ROW_ID], reason)

    result_id = text_cell(row, "id") or f"row {row[ROW_ID]}"
    start = time_ns(row.get("created_at"))
    if start is None:
        complain("created_at is no time")
    response = dict_of(json_cell(row, "response", complain))
    provider = dict_of(json_cell(row, "provider", complain))
    case = object_cell(row, "test_case", complain)
    evals = db.rows("evals", {"id": row.get("eval_id")}, without=("results", "config", "prompts", "vars"))
    evaluation = evals[0] if evals else {}
    seller, model = _model(text_of(provider.get("id")))
    finish = text_of(response.get("finishReason"))
    status = _status(row, response, finish)
    latency = row.get("latency_ms") if row.get("latency_ms") is not None else response.get("latencyMs")
    usd = number_of(row.get("cost") if row.get("cost") is not None else response.get("cost"))
    span = Span(
        trace_id=result_id,
        span_id=result_id,
        kind="generation",
        name=text_of(case.get("description")) or f"test {row.get('test_idx', '?')}",
        start_ns=start or 0,
        end_ns=(start or 0) + (duration_of(latency, MS) or 0),
        status=status,
        status_message=_message(row, response) if status == "error" else None,
        model=model,
        provider=seller,
        finish_reason=finish,
        usage=_usage(dict_of(response.get("tokenUsage")), seller),
        cost=Cost() if usd is None else Cost(usd, "recorded"),
        feature=text_cell(evaluation, "description") or text_cell(row, "eval_id"),
        metadata=_metadata(row, case, provider, response, complain),
    )
    group.add(span, partial(_payload, row, response, case))
    group.scores += scores_of(result_id, row, complain)
    where = {"evaluation_id": row.get("eval_id"), "test_case_id": f"{row.get('test_idx')}-{row.get('prompt_idx')}"}
    for trace in db.rows("traces", where):
        _add_spans(group, db, str(trace.get("trace_id")), result_id, result_id)


def _model(provider_id: str | None) -> tuple[str | None, str | None]:
    """`openai:chat:gpt-5` → (`openai`, `gpt-5`); a program of the user's own (`file://…`, `exec:…`) is no model."""
    if provider_id is None:
        return None, None
    pieces = provider_id.split(":")
    if len(pieces) == 1 or pieces[0] in ("file", "exec", "python", "http", "https", "package", "webhook"):
        return None, provider_id
    has_api = len(pieces) > 2 and pieces[1] in _APIS
    return pieces[0], ":".join(pieces[2:] if has_api else pieces[1:])


_APIS = frozenset(
    {"chat", "completion", "responses", "embedding", "embeddings", "messages", "image", "realtime", "assistant",
     "moderation", "completions", "text"}
)  # fmt: skip


def _status(row: Row, response: Dict, finish: str | None) -> Status:
    if row.get("failure_reason") == _ERROR:
        return "error"
    has_answer = response.get("output") is not None
    if "failure_reason" not in row and row.get("error") is not None and not has_answer:
        return "error"
    refused = response.get("isRefusal") is True or (finish is not None and finish.lower() in REFUSALS)
    return "refused" if refused else "success"


def _message(row: Row, response: Dict) -> str | None:
    return text_cell(row, "error") or text_of(response.get("error"))


def _usage(tokens: Dict, provider: str | None) -> Usage:
    """`prompt` includes what the provider read from its cache, except Anthropic's; `cached` is promptfoo's own cache,
    and those tokens were not used again."""
    details = dict_of(tokens.get("completionDetails"))
    prompt, completion, own = count(tokens.get("prompt")), count(tokens.get("completion")), count(tokens.get("cached"))
    return split_usage(
        input=prompt,
        output=completion,
        cache_read=count(details.get("cacheReadInputTokens")),
        cache_write=count(details.get("cacheCreationInputTokens")),
        reasoning=count(details.get("reasoning")),
        total=None if own else count(tokens.get("total")),
        cached_in_input=not is_anthropic(provider),
    )


def _metadata(row: Row, case: Dict, provider: Dict, response: Dict, complain: Any) -> Dict:
    own = object_cell(row, "metadata", complain)
    kept = {key: value for key, value in own.items() if key not in ("http", "_promptfooFileMetadata")}
    found: Dict = {
        **dict_of(case.get("metadata")),
        **kept,
        "eval_id": row.get("eval_id"),
        "test": row.get("test_idx"),
        "prompt": row.get("prompt_idx"),
        "provider_id": provider.get("id"),
        "provider_label": provider.get("label") or None,
        "cached": response.get("cached") or None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _payload(row: Row, response: Dict, case: Dict) -> Payload:
    prompt = dict_of(json_cell(row, "prompt", lambda _: None))
    said = parse_messages(prompt.get("raw"), "user")
    grading = json_cell(row, "grading_result", lambda _: None)
    attributes: Dict = {"vars": case.get("vars"), "prompt_label": prompt.get("label"), "grading_result": grading}
    attributes["response"] = {key: value for key, value in response.items() if key != "output"}
    return Payload(
        said,
        parse_messages(response.get("output"), "assistant"),
        attributes={key: value for key, value in attributes.items() if value},
        raw=raw_text(row),
    )


def _add_spans(group: Group, db: Database, recorded: str, trace_id: str, parent: str | None) -> None:
    """The spans that promptfoo recorded under a trace id of their own, under `parent` where they have none there."""
    rows = db.rows("spans", {"trace_id": recorded}, order=("start_time",))
    ids = {text_cell(row, "span_id") for row in rows}
    for row in rows:
        raw = _raw_span(group, row, trace_id)
        if raw is None:
            continue
        span = interpret(raw)
        above = span.parent_id if span.parent_id in ids else parent or span.parent_id
        group.add(msgspec.structs.replace(span, parent_id=above), partial(unfold, raw))


def _raw_span(group: Group, row: Row, trace_id: str) -> RawSpan | None:
    def complain(reason: str) -> None:
        group.skip("spans", row[ROW_ID], reason)

    span_id, start = text_cell(row, "span_id"), time_ns(row.get("start_time"))
    if span_id is None or start is None:
        complain("no span: without an id or a start")
        return None
    status = row.get("status_code")
    return RawSpan(
        trace_id,
        span_id,
        text_cell(row, "parent_span_id"),
        text_cell(row, "name") or "",
        start,
        time_ns(row.get("end_time")),
        status if isinstance(status, int) else 0,
        text_cell(row, "status_message"),
        object_cell(row, "attributes", complain),
        raw=raw_text(row),
    )
