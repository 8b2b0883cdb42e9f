"""Who may come in: programs of this machine, not pages in its browser, and on other addresses whoever has the token."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import secrets
from collections.abc import Iterator

from starlette.datastructures import Headers

from tracetui.collector.refusal import TOKEN_MISSING, Refusal

_OF_KEYS = ("x-api-key", "dd-api-key", "api-key")
_OF_PROXIED = ("x-tracetui-token", "helicone-auth")
"""Where a call that goes on to a model's server has our token; the other places belong to that server."""
_OF_PAGES = ("cross-site", "same-site", "same-origin")


def is_loopback(host: str) -> bool:
    """Whether an address or a name can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Gate:
    """Checks the headers of each request. `token` None: none is asked for, which is for the loopback only. Pages of
    `origins` may send."""

    def __init__(self, *, token: str | None, loopback_only: bool, origins: frozenset[str] = frozenset()) -> None:
        self._token = token
        self._loopback_only = loopback_only
        self._origins = origins

    def check_place(self, headers: Headers) -> str | None:
        """The allowed origin of the page that sends, None where it is a program. Raises Refusal where it is another page.

        A page whose name was made to point at the loopback sends its own name as Host; a page that sends across sites
        sends Origin, or says so in Sec-Fetch-Site.
        """
        if self._loopback_only and not is_loopback(_host_of(headers.get("host", ""))):
            raise Refusal(403, "the Host of the request is not this machine; use 127.0.0.1 or localhost")
        sent = headers.getlist("origin")
        if len(sent) == 1 and sent[0].lower() in self._origins:
            return sent[0]
        if sent or headers.get("sec-fetch-site") in _OF_PAGES:
            raise Refusal(
                403,
                "requests of this web page are not taken; send from the program's server side, or see --allow-origin",
            )
        return None

    def check_token(self, headers: Headers, *, is_proxied: bool = False) -> None:
        """Raise Refusal where a token is asked for and not there."""
        given = _proxied_secrets_of(headers) if is_proxied else _secrets_of(headers)
        if self._token is not None and not any(_is_same(one, self._token) for one in given):
            where = f"; a call that is passed on has it in the header {_OF_PROXIED[0]}" if is_proxied else ""
            raise Refusal(401, f"{TOKEN_MISSING}{where}")


def _host_of(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def _is_same(given: str, token: str) -> bool:
    return secrets.compare_digest(given.encode(), token.encode())


def _secrets_of(headers: Headers) -> Iterator[str]:
    """What the SDKs send as their key: a bearer token, the password of Basic, or a header of their own."""
    kind, _, given = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        yield given.strip()
    elif kind.lower() == "basic":
        try:
            yield base64.b64decode(given, validate=True).decode("utf-8", "replace").partition(":")[2]
        except (binascii.Error, ValueError):
            return
    yield from (headers[name] for name in _OF_KEYS if name in headers)


def _proxied_secrets_of(headers: Headers) -> Iterator[str]:
    for name in _OF_PROXIED:
        given = headers.get(name, "").strip()
        yield given[len("bearer ") :].strip() if given.lower().startswith("bearer ") else given
