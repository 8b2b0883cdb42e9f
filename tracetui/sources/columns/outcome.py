"""How a call went: the status, the message of an error, the finish reason."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from tracetui.model import Json, Status
from tracetui.semconv.chat import is_refusal
from tracetui.sources.columns.access import at_path, getter
from tracetui.sources.columns.leaves import spelled
from tracetui.sources.columns.mapping import Mapping
from tracetui.sources.columns.values import Row, opened, text_of, truth_of
from tracetui.sources.columns.words import NO_ERROR, status_of

_REVERSED = frozenset({"is_error", "failed", "has_error"})
_BOOLEANS = frozenset({"success", "ok", "succeeded", "is_success", "successful"})
_BACKTRACES = frozenset({"traceback", "stack_trace", "stacktrace"})
_COMMENTS = frozenset({"status_message"})
_OTLP_CODES: dict[int, Status | None] = {0: None, 1: "success", 2: "error"}


class Outcome(Struct, frozen=True, gc=False):
    """`status` is None where the row does not say it; a refusal in the answer is not looked for here."""

    status: Status | None
    message: str | None
    finish_reason: str | None


def compile_outcome(mapping: Mapping) -> Callable[[Row], Outcome]:
    """A row → its outcome. A non-empty error is an error, whatever the status says."""
    status_gets = [
        (at_path(column.path), _reader(spelled(column.path[-1]))) for column in mapping.fields.get("status", ())
    ]
    error_gets = [(at_path(column.path), spelled(column.path[-1])) for column in mapping.fields.get("error", ())]
    finish_get = getter(mapping, "finish_reason")

    def outcome(row: Row) -> Outcome:
        finish = finish_get(row)
        if finish is not None:
            finish = first_word(finish)
        status: Status | None = None
        for get, read in status_gets:
            value = get(row)
            status = None if value is None else read(value)
            if status is not None:
                break
        is_failed = False
        message: str | None = None
        for get, name in error_gets:
            value = get(row)
            if value is None or value == "" or _is_no_error(value):
                continue
            message = message or _message(value, name)
            is_failed = is_failed or name not in _COMMENTS
        if is_failed:
            status = "error"
        elif status in (None, "success") and finish is not None and is_refusal(finish):
            status = "refused"
        return Outcome(status, message if status != "success" else None, finish)

    return outcome


def first_word(value: Json) -> str | None:
    """A finish reason that may be a list of them."""
    value = opened(value)
    if isinstance(value, list):
        return next((text for item in value if (text := text_of(item))), None)
    return text_of(value)


def _is_no_error(value: Json) -> bool:
    if isinstance(value, str):
        return len(value) < 10 and value.strip().lower() in NO_ERROR
    return not value or value == 200


def _message(value: Json, name: str) -> str | None:
    if value is True:
        return None
    value = opened(value)
    if name in _BACKTRACES and isinstance(value, str):
        lines = value.strip().splitlines()
        return text_of(lines[-1].strip()) if lines else None
    return text_of(value)


def _reader(name: str) -> Callable[[Json], Status | None]:
    if name in _REVERSED:
        return lambda value: _by_truth(truth_of(value), "error", "success")
    if name in _BOOLEANS:
        return lambda value: _by_truth(truth_of(value), "success", "error") or _by_word(value)
    if name == "error_code":
        return lambda value: None if _is_no_error(value) else _by_word(value) or "error"
    return _by_word


def _by_truth(truth: bool | None, yes: Status, no: Status) -> Status | None:
    return None if truth is None else yes if truth else no


def _by_word(value: Json) -> Status | None:
    if isinstance(value, bool):
        return "success" if value else "error"
    if isinstance(value, int | float):
        return _by_code(int(value)) if value == value and abs(value) < 1e6 else None
    if isinstance(value, str):
        found = status_of(value)
        digits = value.strip()
        return _by_code(int(digits)) if found is None and digits.isdecimal() and len(digits) < 6 else found
    if isinstance(value, dict):
        return _by_word(text_of({key: value[key] for key in ("status", "code", "name") if key in value}))
    return None


def _by_code(code: int) -> Status | None:
    """HTTP status codes, and the three codes of OpenTelemetry."""
    if code >= 400:
        return "error"
    return "success" if code >= 100 else _OTLP_CODES.get(code)
