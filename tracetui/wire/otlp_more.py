"""What OTLP says of a span that no field of ours holds: its kind where it is not internal, links, trace state, and how much
the SDK dropped. They are kept among the attributes, under keys that no dialect uses."""

from __future__ import annotations

from collections.abc import Sequence

from tracetui.model import Json

_KINDS = ("", "", "server", "client", "producer", "consumer")
_DROPPED = ("dropped_attributes_count", "dropped_events_count", "dropped_links_count")


def more_of(kind: int, trace_state: str, links: Sequence[Json], dropped: Sequence[int]) -> dict[str, Json]:
    """The keys that say something. `kind` is OTLP's number, `dropped` counts attributes, events and links."""
    found: dict[str, Json] = {}
    if 0 <= kind < len(_KINDS) and _KINDS[kind]:
        found["span_kind"] = _KINDS[kind]
    if trace_state:
        found["trace_state"] = trace_state
    if links:
        found["links"] = list(links)
    return found | {key: count for key, count in zip(_DROPPED, dropped, strict=True) if count}


def link_of(trace_id: str, span_id: str, attributes: dict[str, Json]) -> dict[str, Json]:
    """A link to another span, its ids in hex."""
    return {"trace_id": trace_id, "span_id": span_id, **({"attributes": attributes} if attributes else {})}
