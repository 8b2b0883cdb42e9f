"""Records that are sent in pieces → spans: which protocol's records are read by whom."""

from __future__ import annotations

from tracetui.collector.captured import Protocol
from tracetui.collector.drafts import ReadPiece

READERS: dict[Protocol, ReadPiece] = {}
"""A record as far as it has come → its span and payload; None while it is too little for one."""
