"""CORS for the origins that the user allowed: nobody else is answered with its headers."""

from __future__ import annotations

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import Message, Send

from tracetui.errors import WrongUse

_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?", re.IGNORECASE)
_METHODS = "GET, POST, PUT, PATCH"
_AN_HOUR_S = "3600"


def parse_origin(text: str) -> str:
    """`SCHEME://HOST[:PORT]` as browsers send it. Raises WrongUse, for `*` as well: any page could send then."""
    if not _ORIGIN.fullmatch(text.rstrip("/")):
        raise WrongUse(f'"{text}" is no origin; write SCHEME://HOST[:PORT], such as http://localhost:3000')
    return text.rstrip("/").lower()


def preflight(method: str, headers: Headers) -> Response | None:
    """The answer to a browser that asks whether it may send; None where it does not ask. The origin is an allowed one."""
    if method != "OPTIONS" or "access-control-request-method" not in headers:
        return None
    allowed = {"access-control-allow-methods": _METHODS, "access-control-max-age": _AN_HOUR_S}
    asked = headers.get("access-control-request-headers")
    if asked is not None:
        allowed["access-control-allow-headers"] = asked
    if headers.get("access-control-request-private-network") == "true":
        allowed["access-control-allow-private-network"] = "true"
    return Response(status_code=204, headers=allowed)


def telling(send: Send, origin: str) -> Send:
    """Send answers that a page of this origin may read."""

    async def send_telling(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["access-control-allow-origin"] = origin
            headers["access-control-expose-headers"] = "retry-after"
            headers.add_vary_header("origin")
        await send(message)

    return send_telling
