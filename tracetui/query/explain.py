"""A filter in plain English, so that a reader sees what it means before trusting what it shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from tracetui.query.ast import And, Compare, Has, Is, Moments, Node, Not, Number, Numbers, Or, Regex, Scope, Text, Value
from tracetui.query.lexer import quote
from tracetui.query.parser import parse
from tracetui.query.scope import scoped
from tracetui.query.times import Moment

_COMPARED = {">": "more than ", ">=": "at least ", "<": "less than ", "<=": "at most ", "": "", "=": ""}
_STARTED = {">": "after", ">=": "since", "<": "before", "<=": "until", "": "during", "=": "during"}
_WHERE = {"any": "everything", "prompt": "the prompt", "response": "the response"}


def explain(text: str) -> str:
    """One sentence that says which traces a filter selects. Raises FilterError."""
    node = parse(text)
    return "All traces." if node is None else f"Traces {_of_traces(scoped(node))}."


def _of_traces(node: Node) -> str:
    """What a trace is or has, to follow the word "traces"."""
    if isinstance(node, And | Or):
        return _joined(node, _of_traces, ", and " if isinstance(node, And) else ", or ")
    is_not = isinstance(node, Not)
    inner = node.node if isinstance(node, Not) else node
    if not isinstance(inner, Scope):
        return _of_span(node)
    spans = _of_span(inner.node)
    if inner.name == "all":
        return f"in which {'not every' if is_not else 'every'} span is one {spans}"
    return f"{'without' if is_not else 'with'} a {'root ' if inner.name == 'root' else ''}span {spans}"


def _of_span(node: Node) -> str:
    """What one span is or has, to follow the word "span"."""
    if isinstance(node, And | Or):
        return _joined(node, _of_span, " and " if isinstance(node, And) else " or ")
    if isinstance(node, Scope):
        return f"in a trace {_of_traces(node)}"
    if not isinstance(node, Not):
        return _term(node, is_not=False)
    if isinstance(node.node, And | Or | Scope | Not):
        return f"that is not one ({_of_span(node.node)})"
    return _term(node.node, is_not=True)


def _joined(node: And | Or, say: Callable[[Node], str], word: str) -> str:
    """Parts joined by a word, those that are joined by the other word in parentheses."""
    return word.join(f"({say(part)})" if isinstance(part, And | Or) else say(part) for part in node.nodes)


def _term(term: Compare | Has | Is, *, is_not: bool) -> str:
    """One term as a clause."""
    verb = "is not" if is_not else "is"
    if isinstance(term, Is):
        return f"that {verb} {term.flag.phrase}"
    if isinstance(term, Has):
        return f"whose {_noun(term)} {verb} recorded"
    if term.field.type == "payload":
        does = "does not contain" if is_not else "contains"
        where = "" if term.field.scope == "any" else f" in {_WHERE[term.field.scope]}"
        return f"that {does} {_listed([_searched(value) for value in term.values])}{where}"
    if term.field.type == "time":
        did = "did not start" if is_not else "started"
        return f"that {did} {_listed([_started(term, value) for value in term.values])}"
    return f"whose {_noun(term)} {verb} {_listed(_compared(term))}"


def _noun(term: Compare | Has) -> str:
    """What a sentence calls the field with its key."""
    noun = term.field.noun or term.field.name
    key = ".".join(term.key)
    if term.field.name == "@":
        return f"attribute {key}"
    return f"{noun} {key}" if key else noun


def _compared(term: Compare) -> list[str]:
    """Each value with how it is compared; a run of values compared alike says so once."""
    pairs = [_comparison(term, value) for value in term.values]
    return [how + _listed([value for _, value in run]) for how, run in groupby(pairs, key=lambda pair: pair[0])]


def _comparison(term: Compare, value: Value) -> tuple[str, str]:
    """How a value is compared, and the value as written."""
    if isinstance(value, Numbers):
        low, high = value.low, value.high
        if low and high:
            return "", f"from {low.written} to {high.written}"
        return ("at least ", low.written) if low else ("at most ", high.written if high else "")
    if isinstance(value, Number):
        return _COMPARED[term.operator], value.written
    if isinstance(value, Regex):
        return "like ", f"/{value.pattern}/"
    parts = value.parts if isinstance(value, Text) else ()
    if term.operator == "=":
        return "exactly ", _readable(parts[0])
    is_beginning = term.field.type == "id" and len(parts) == 1
    how = "like " if len(parts) > 1 or is_beginning else ""
    return how, _readable("*".join(parts) + "*" * is_beginning)


def _searched(value: Value) -> str:
    """What is searched for."""
    if isinstance(value, Regex):
        return f"/{value.pattern}/"
    return quote("*".join(value.parts)) if isinstance(value, Text) else ""


def _started(term: Compare, value: Value) -> str:
    """When a trace started."""
    operator = term.operator or term.field.implied
    if isinstance(value, Moments):
        ends = [("since", value.low), ("until", value.high)]
        return " ".join(f"{word} {_moment(end)}" for word, end in ends if end)
    if not isinstance(value, Moment):
        return ""
    is_point = value.ago_ns is not None and operator in ("", "=")
    return f"{'since' if is_point else _STARTED[operator]} {_moment(value)}"


def _moment(moment: Moment) -> str:
    """A moment as it was written."""
    return f"{moment.written} ago" if moment.ago_ns else moment.written


def _readable(text: str) -> str:
    """Text as it is, in quotes where it would not be seen to be one."""
    return text if text and not any(sign.isspace() or sign in '",()' for sign in text) else quote(text)


def _listed(values: Sequence[str]) -> str:
    """`a, b or c`."""
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} or {values[-1]}"
