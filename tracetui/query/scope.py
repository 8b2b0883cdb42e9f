"""Which spans a term is about: the one rule, applied once.

A conjunction is about one span. A negated term beside a term that finds a span is about that same span; where nothing
finds a span, it says that no span of the trace matches. Facts that hold for a whole trace (`trace`, `spans`, `since` …) and
those that a span inherits from it (`user`, `session`, `feature`, `env`) find no span. docs/filter.md has the examples.
"""

from __future__ import annotations

from typing import TypeGuard

from tracetui.query.ast import And, Compare, Has, Is, Node, Not, Or, Scope, all_of, any_of, children, reads_payload


def scoped(node: Node) -> Node:
    """The same filter with every term about spans inside of a scope."""
    if not is_about_span(node):
        return node
    if isinstance(node, Or):
        return _scoped_disjunction(node)
    if isinstance(node, Not):
        return Not(Scope("any", node.node))
    if isinstance(node, And):
        return _scoped_conjunction(node)
    return Scope("any", node)


def _scoped_disjunction(node: Or) -> Node:
    """Each branch by itself; those that each find a span are one question, so that spans are scanned once.

    What reads payloads is kept apart from what does not: then nothing is read of a trace that is selected already.
    """
    branches = [part for child in node.nodes for part in _branches(scoped(child))]
    merged: list[Node] = []
    for reads in (False, True):
        alike = [one.node for one in branches if _finds_by_itself(one) and reads_payload(one) is reads]
        merged += [Scope("any", any_of(alike))] if alike else []
    return any_of([*merged, *(one for one in branches if not _finds_by_itself(one))])


def _finds_by_itself(node: Node) -> TypeGuard[Scope]:
    return isinstance(node, Scope) and node.name == "any" and finds_span(node.node)


def _branches(node: Node) -> tuple[Node, ...]:
    return node.nodes if isinstance(node, Or) else (node,)


def _scoped_conjunction(node: And) -> Node:
    """One span for all terms if one of them finds a span; else one for what is inherited, and each other by itself.

    A single term about spans means beside facts of the trace what it means alone.
    """
    together: list[Node]
    apart: list[Node]
    trace_terms = [child for child in node.nodes if not is_about_span(child)]
    span_terms = [child for child in node.nodes if is_about_span(child)]
    if len(span_terms) == 1:
        together, apart = [], span_terms
    elif any(finds_span(child) for child in span_terms):
        together, apart = span_terms, []
    else:
        together = [child for child in span_terms if not _has_negation(child)]
        apart = [child for child in span_terms if _has_negation(child)]
    groups = [Scope("any", all_of(together))] if together else []
    return all_of([*trace_terms, *groups, *(scoped(child) for child in apart)])


def is_about_span(node: Node) -> bool:
    """Whether the answer can differ between the spans of one trace."""
    if isinstance(node, Scope):
        return False
    if isinstance(node, Is):
        return node.flag.level != "trace"
    if isinstance(node, Compare | Has):
        return node.field.level != "trace"
    return any(is_about_span(child) for child in children(node))


def finds_span(node: Node) -> bool:
    """Whether a term asks for a span of its own, rather than excluding some or naming facts of the whole trace."""
    if isinstance(node, Scope | Not):
        return False
    if isinstance(node, Is):
        return node.flag.level == "span"
    if isinstance(node, And | Or):
        return any(finds_span(child) for child in node.nodes)
    return node.field.level == "span"


def _has_negation(node: Node) -> bool:
    """Whether anything about spans is negated below, outside of scopes."""
    if isinstance(node, Not):
        return is_about_span(node)
    return not isinstance(node, Scope) and any(_has_negation(child) for child in children(node))
