"""Headers of a proxied call: which pass, which are keys, and what those of Helicone and of W3C trace context say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, unquote, urlencode

from msgspec import Struct

from tracetui.wire.inflate import READABLE

Raw = list[tuple[bytes, bytes]]
"""Headers as ASGI has them: names in lower case, values as they came."""

TOKEN = "x-tracetui-token"
"""The header of the token of a proxied call: `Authorization` belongs to the upstream. `Helicone-Auth` does as well."""
_HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te", b"trailer",
     b"transfer-encoding", b"upgrade"}
)  # fmt: skip
_NOT_ASKED_ON = frozenset({b"host", b"expect", TOKEN.encode()})
_SECRET_HEADERS = (
    "authorization", "x-api-key", "api-key", "x-goog-api-key", "helicone-auth", "cookie", "proxy-authorization", TOKEN,
    "openai-api-key", "anthropic-api-key", "x-auth-token",
)  # fmt: skip
_SECRET_QUERY = re.compile(r"key|token|secret|sig|password|auth|credential", re.IGNORECASE)
_SHORTEST_SECRET = 6
_KEPT_REQUEST = (
    "user-agent", "content-type", "content-encoding", "anthropic-version", "anthropic-beta", "openai-organization",
    "openai-project", "openai-beta", "x-stainless-retry-count", "x-stainless-package-version", "traceparent",
)  # fmt: skip
_KEPT_ANSWER = (
    "content-type", "content-encoding", "x-request-id", "request-id", "retry-after", "openai-processing-ms", "cf-ray",
    "x-ratelimit-remaining-requests", "x-ratelimit-remaining-tokens", "anthropic-ratelimit-requests-remaining",
    "anthropic-ratelimit-tokens-remaining",
)  # fmt: skip
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")
_PROPERTY = "helicone-property-"
_LONGEST_ID = 200
_READ = frozenset(
    {"helicone-auth", "helicone-request-id", "helicone-session-id", "helicone-session-path", "helicone-session-name",
     "helicone-user-id", "helicone-prompt-id", "helicone-prompt-version", "helicone-model-override"}
)  # fmt: skip
"""What becomes a field of the span, or is a key; the rest of `Helicone-…` is kept as attributes."""


class Told(Struct, frozen=True):
    """What the headers of a call say about it. `path` is the path of its step within the session."""

    request_id: str | None = None
    trace_id: str | None = None
    parent_id: str | None = None
    session_id: str | None = None
    session_name: str | None = None
    path: str | None = None
    user_id: str | None = None
    prompt_name: str | None = None
    prompt_version: str | None = None
    model: str | None = None
    metadata: dict[str, str] = {}
    attributes: dict[str, str] = {}
    omit_request: bool = False
    omit_answer: bool = False


def told_by(headers: Raw) -> Told:
    """Read the headers of a request. Values that are percent-encoded UTF-8 are decoded: SDKs send ASCII only."""
    found = {name.decode("latin-1"): _value(value) for name, value in headers}
    parent = _TRACEPARENT.fullmatch(found.get("traceparent", ""))
    known = parent if parent is not None and parent[1].strip("0") and parent[2].strip("0") else None
    name = {key: value or None for key, value in found.items()}.get
    return Told(
        request_id=_identity(found.get("helicone-request-id")),
        trace_id=known[1] if known is not None else None,
        parent_id=known[2] if known is not None else None,
        session_id=_identity(found.get("helicone-session-id")),
        session_name=name("helicone-session-name"),
        path=_path(found.get("helicone-session-path", "")),
        user_id=name("helicone-user-id"),
        prompt_name=name("helicone-prompt-id"),
        prompt_version=name("helicone-prompt-version"),
        model=name("helicone-model-override"),
        metadata={key[len(_PROPERTY) :]: value for key, value in found.items() if key.startswith(_PROPERTY)},
        attributes=_attributes(found),
        omit_request=found.get("helicone-omit-request", "").lower() == "true",
        omit_answer=found.get("helicone-omit-response", "").lower() == "true",
    )


def asked_on(headers: Raw, host: bytes) -> Raw:
    """The headers for the upstream: as they came, with its own `Host`, without what is between us and the sender.

    Of `Accept-Encoding` those codings stay that a record can be read in; none is added.
    """
    left_out = _HOP_BY_HOP | _NOT_ASKED_ON | _named_by_connection(headers)
    if any(name == b"transfer-encoding" for name, _ in headers):
        left_out |= {b"content-length"}  # who sends both means the former
    passed = [(b"host", host)]
    for name, value in headers:
        if name in left_out or name.startswith(b"helicone-"):
            continue
        passed.append((name, _readable(value) if name == b"accept-encoding" else value))
    return passed


def answered_on(headers: Iterable[tuple[bytes, bytes]], call_id: str) -> Raw:
    """The headers for the sender: as they came from the upstream, and the id by which the call can be rated."""
    lowered = [(name.lower(), value) for name, value in headers]
    left_out = _HOP_BY_HOP | _named_by_connection(lowered)
    passed = [(name, value) for name, value in lowered if name not in left_out]
    return (
        passed if any(name == b"helicone-id" for name, _ in passed) else [*passed, (b"helicone-id", call_id.encode())]
    )


def secrets_of(headers: Raw, query: bytes) -> tuple[bytes, ...]:
    """The keys of a request, wherever they stand, to be taken out of whatever is kept of it; the longest first."""
    found: set[bytes] = set()
    for name, value in headers:
        if name.decode("latin-1") in _SECRET_HEADERS:
            kind, _, rest = value.strip().partition(b" ")
            found.add(rest.strip() or kind)
    found |= {value.encode() for name, value in parse_qsl(query.decode("latin-1")) if _SECRET_QUERY.search(name)}
    return tuple(sorted((one for one in found if len(one) >= _SHORTEST_SECRET), key=len, reverse=True))


def kept_query(query: bytes) -> str:
    """A query without the values of keys."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return urlencode([(name, "[KEY]" if _SECRET_QUERY.search(name) else value) for name, value in pairs], safe="[]")


def kept_of_request(headers: Raw) -> dict[str, str]:
    """The headers of a request that are kept: named ones only, so that no key of any name is."""
    return _kept(headers, _KEPT_REQUEST)


def kept_of_answer(headers: Raw) -> dict[str, str]:
    """The headers of an answer that are kept."""
    return _kept(headers, _KEPT_ANSWER)


def _kept(headers: Raw, names: tuple[str, ...]) -> dict[str, str]:
    found = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
    return {name: found[name] for name in names if name in found}


def _attributes(found: dict[str, str]) -> dict[str, str]:
    """What Helicone's own service would do is kept as it was asked for; the path, because it says more than the tree."""
    kept = {
        key: value
        for key, value in found.items()
        if key.startswith("helicone-") and key not in _READ and not key.startswith(_PROPERTY) and not _is_key(key)
    }
    path = found.get("helicone-session-path")
    return {**kept, "helicone-session-path": path} if path else kept


def _is_key(name: str) -> bool:
    return name.endswith(("-auth", "-key", "-token", "-api-key", "-secret"))


def _value(value: bytes) -> str:
    try:
        text = value.decode().strip()
    except UnicodeDecodeError:
        text = value.decode("latin-1").strip()
    if "%" not in text:
        return text
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text


def _identity(given: str | None) -> str | None:
    return given if given and len(given) <= _LONGEST_ID else None


def _path(given: str) -> str | None:
    """`/a/b` of whatever slashes; None for nothing."""
    steps = [step for step in given.split("/") if step]
    return "/" + "/".join(steps) if steps else None


def _named_by_connection(headers: Raw) -> set[bytes]:
    return {
        name.strip().lower() for key, value in headers if key == b"connection" for name in value.split(b",")
    }  # fmt: skip


def _readable(value: bytes) -> bytes:
    codings = value.decode("latin-1").split(",")
    if all(_coding(one) in READABLE for one in codings):
        return value
    return ",".join(one for one in codings if _coding(one) in READABLE).strip().encode("latin-1") or b"identity"


def _coding(text: str) -> str:
    return text.partition(";")[0].strip().lower()
