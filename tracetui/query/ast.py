"""What a filter says, as frozen values: a tree of terms.

`parse` gives the tree as it was written, in which `-` beside other terms is about the same span; `scoped` (see scope.py)
gives the tree in which every term about spans stands inside of a scope, so that its meaning is spelled out.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from tracetui.query.fields import Field, Flag
from tracetui.query.times import Moment

Operator: TypeAlias = Literal["", "=", ">", ">=", "<", "<="]
ScopeName: TypeAlias = Literal["any", "root", "all"]


class Text(Struct, frozen=True):
    """Text to compare with: literal parts with anything between them; one part is the whole text.

    `number` is the same value as a number, where it is one and the field may hold numbers.
    """

    parts: tuple[str, ...]
    number: float | None = None

    @property
    def has_wildcards(self) -> bool:
        """Whether anything may stand between the parts."""
        return len(self.parts) > 1


class Regex(Struct, frozen=True):
    """A regular expression that compiles; found anywhere, any case."""

    pattern: str


class Number(Struct, frozen=True):
    """A number in the unit of its field: nanoseconds, US dollars, tokens or a bare count."""

    value: float
    written: str


class Numbers(Struct, frozen=True):
    """From `low` up to and with `high`; None is an open end."""

    low: Number | None
    high: Number | None


class Moments(Struct, frozen=True):
    """From the start of `low` to the end of `high`; None is an open end."""

    low: Moment | None
    high: Moment | None


Value: TypeAlias = Text | Regex | Number | Numbers | Moment | Moments


class Compare(Struct, frozen=True):
    """A field and the values of which one must hold. `key` has one part for a name, one a level for a path."""

    field: Field
    values: tuple[Value, ...]
    operator: Operator = ""
    key: tuple[str, ...] = ()


class Has(Struct, frozen=True):
    """A field is recorded."""

    field: Field
    key: tuple[str, ...] = ()


class Is(Struct, frozen=True):
    """A flag is set. Never one that negates another: the parser writes that as `Not` of the other."""

    flag: Flag


class Not(Struct, frozen=True):
    """The node does not hold."""

    node: Node


class And(Struct, frozen=True):
    """All nodes hold. Never holds another And directly."""

    nodes: tuple[Node, ...]


class Or(Struct, frozen=True):
    """One of the nodes holds. Never holds another Or directly."""

    nodes: tuple[Node, ...]


class Scope(Struct, frozen=True):
    """`any`: one span matches the node; `root`: one root does; `all`: every span does."""

    name: ScopeName
    node: Node


Leaf: TypeAlias = Compare | Has | Is
Node: TypeAlias = Compare | Has | Is | Not | And | Or | Scope


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly under a node."""
    if isinstance(node, And | Or):
        return node.nodes
    return (node.node,) if isinstance(node, Not | Scope) else ()


def all_of(nodes: list[Node]) -> Node:
    """The conjunction of nodes, flat; the node itself where there is only one."""
    flat = [part for node in nodes for part in (node.nodes if isinstance(node, And) else (node,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(nodes: list[Node]) -> Node:
    """The disjunction of nodes, flat; the node itself where there is only one."""
    flat = [part for node in nodes for part in (node.nodes if isinstance(node, Or) else (node,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def reads_payload(node: Node) -> bool:
    """Whether answering needs what spans carried, which lies outside of the tables."""
    if isinstance(node, Compare | Has):
        return node.field.type == "payload" or node.field.name == "@"
    return any(reads_payload(child) for child in children(node))
