"""Images, sounds and files in messages: a chip that says what it is."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence

from tracetui.model import Media
from tracetui.text import inert, middle, size
from tracetui.tui.lines.document import Inks
from tracetui.tui.lines.palette import Ink
from tracetui.tui.widgets.payload import paper

_HASHED_BELOW = 4_000_000
"""Characters of base64 that are hashed while drawing (5 ms)."""


class Chip(Inks):
    """The line of one medium, which can be opened outside."""

    def __init__(self, media: Media, margin: Sequence[Ink] = paper.BODY) -> None:
        super().__init__((f"[{describe_media(media)}]", "accent"), margin=margin)
        self.media = media


def describe_media(media: Media) -> str:
    """Type, size, name and hash in a few words."""
    facts = [media.media, inert(media.media_type or ""), size(media.size) if media.size is not None else ""]
    reference = middle(inert(media.reference or ""), 48)
    return " ".join(part for part in [*facts, reference, _hash(media)] if part)


def _hash(media: Media) -> str:
    """A short hash of what was captured, unless the reference is one."""
    if media.data is None or len(media.data) > _HASHED_BELOW or (media.reference or "").startswith("sha256:"):
        return ""
    content = media_bytes(media)
    return "" if content is None else f"sha256:{hashlib.sha256(content).hexdigest()[:12]}"


def media_bytes(media: Media) -> bytes | None:
    """The content that was captured inline, None where there is none or it is not base64."""
    data = media.data
    if data is None:
        return None
    try:
        return base64.b64decode(data + "=" * (-len(data) % 4), altchars=b"-_" if "-" in data or "_" in data else None)
    except (binascii.Error, ValueError):
        return None
