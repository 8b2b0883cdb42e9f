"""Images, sounds and files inside messages, as each provider writes them → `Media`."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import Literal
from urllib.parse import unquote_to_bytes

from tracetui.model import Json, Media, Part, Text

_DATA_URL = re.compile(r"data:([^;,]*)((?:;[^;,]*)*),", re.IGNORECASE)
_HASHED = 12

_HOLDERS = (
    "source", "image_url", "input_audio", "audio", "audio_url", "video_url", "video", "file", "image", "inline_data",
    "inlineData", "file_data", "fileData", "document", "bytes",
)  # fmt: skip
"""Keys under which the reference or the bytes lie, one object deeper or right there."""
_TYPES = ("media_type", "mediaType", "mime_type", "mimeType", "contentType", "format")
_ADDRESSES = ("url", "uri", "fileUri", "file_uri", "file_url")
_IDS = ("file_id", "fileId", "id", "filename", "file_name", "title", "name")
_BYTES = ("data", "file_data", "bytes", "content", "base64", "b64_json")
MEDIA_KEYS: frozenset[str] = frozenset({*_HOLDERS, *_TYPES, *_ADDRESSES, *_IDS, *_BYTES, "detail", "modality", "text"})
"""Every key that `media_parts` understands."""
_FORMATS = {"wav": "audio/wav", "mp3": "audio/mpeg", "png": "image/png", "jpeg": "image/jpeg", "jpg": "image/jpeg",
            "gif": "image/gif", "webp": "image/webp", "pdf": "application/pdf"}  # fmt: skip

MediaKind = Literal["image", "audio", "file"]


def media_parts(value: dict[str, Json], kind: MediaKind) -> tuple[Part, ...]:
    """The media that a part describes, followed by the text that came with it (a text document, a transcript).

    Empty where nothing in the part says what or where the media is.
    """
    found = _flattened(value)
    media_type = _first_text(found, _TYPES)
    media_type = _FORMATS.get(media_type, media_type) if media_type else None
    address = _first_text(found, _ADDRESSES)
    name = _first_text(found, _IDS)
    data = _first_text(found, _BYTES)
    text = found.get("transcript") if isinstance(found.get("transcript"), str) else None
    if found.get("type") == "text" and data is not None:
        text, data = data, None
        media_type = media_type or "text/plain"
    if data is None and address is not None and _DATA_URL.match(address):
        data, address = address, None
    if address is None and name is None and data is None and text is None:
        return ()
    media = (
        _inline(data, kind, media_type, name)
        if data
        else Media(kind_of(media_type, kind), media_type, None, address or name)
    )
    return (media, Text(text)) if text else (media,)


def kind_of(media_type: str | None, otherwise: MediaKind) -> MediaKind:
    """image, audio or file, by the media type where there is one."""
    head = (media_type or "").partition("/")[0]
    if head == "image":
        return "image"
    if head == "audio":
        return "audio"
    return "file" if head else otherwise


def media_from_text(text: str, kind: MediaKind) -> Media:
    """A bare URL, data URL or base64 text."""
    if _DATA_URL.match(text) or "://" not in text[:16]:
        return _inline(text, kind, None, None)
    return Media(kind, None, None, text)


def _flattened(value: dict[str, Json]) -> dict[str, Json]:
    """The part with the keys of its holder lifted to its own level; a holder that is text is an address or bytes."""
    found: dict[str, Json] = {key: item for key, item in value.items() if key not in _HOLDERS and key != "type"}
    for holder in _HOLDERS:
        inner = value.get(holder)
        if isinstance(inner, dict):
            nested = inner.get("source")
            found = {**found, **inner, **(nested if isinstance(nested, dict) else {})}
        elif isinstance(inner, str):
            is_address = "://" in inner[:16] or inner[:5].lower() == "data:"
            found.setdefault("url" if is_address else "data", inner)
    return found


def _inline(data: str, kind: MediaKind, media_type: str | None, name: str | None) -> Media:
    header = _DATA_URL.match(data)
    if header:
        media_type = header[1] or media_type
        body = data[header.end() :]
        is_base64 = header[2].lower().endswith(";base64")
        data = body if is_base64 else base64.b64encode(unquote_to_bytes(body)).decode()
    content = _decoded(data)
    size = len(content) if content is not None else None
    digest = hashlib.sha256(content if content is not None else data.encode("utf-8", "replace")).hexdigest()
    return Media(kind_of(media_type, kind), media_type, size, name or f"sha256:{digest[:_HASHED]}", data)


def _decoded(data: str) -> bytes | None:
    try:
        return base64.b64decode(data + "=" * (-len(data) % 4), altchars=b"-_" if "-" in data or "_" in data else None)
    except (binascii.Error, ValueError):
        return None


def _first_text(found: dict[str, Json], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        value = found.get(key)
        if isinstance(value, str) and value:
            return value
    return None
