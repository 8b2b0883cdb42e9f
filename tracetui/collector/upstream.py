"""The servers behind the proxy: where they are, which calls are theirs, and one pool of connections to each.

The environment's proxies (`HTTPS_PROXY`, `NO_PROXY` …) and certificates (`SSL_CERT_FILE`) hold as for the SDKs themselves; an
upstream on the loopback is never asked through a proxy. Certificates are verified.
"""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from tracetui.collector.gate import is_loopback
from tracetui.collector.listen import DEFAULT_UPSTREAMS, Address, Dialect
from tracetui.errors import WrongUse

if TYPE_CHECKING:
    import httpx2

_CONNECT_S = 30.0
_KEPT_CONNECTIONS = 64
_SELLERS = {
    "openai.azure.com": "azure", "groq.com": "groq", "openrouter.ai": "openrouter", "mistral.ai": "mistral",
    "deepseek.com": "deepseek", "together.xyz": "together", "fireworks.ai": "fireworks", "googleapis.com": "google",
    "x.ai": "x-ai", "perplexity.ai": "perplexity", "cerebras.ai": "cerebras", "cohere.com": "cohere",
}  # fmt: skip
"""Hosts with an interface like OpenAI's or Anthropic's → the seller of their calls."""


class Upstream(Struct, frozen=True):
    """One server. `path` is what stands before `/v1` in its address; `host` is the value of the header."""

    dialect: Dialect
    scheme: str
    hostname: str
    port: int | None
    path: str

    @property
    def host(self) -> str:
        """Name and port, as the header `Host` has them."""
        name = f"[{self.hostname}]" if ":" in self.hostname else self.hostname
        return name if self.port is None else f"{name}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, name and port."""
        return f"{self.scheme}://{self.host}"

    @property
    def provider(self) -> str:
        """Whose calls these are, for their price: known hosts by name, else the one whose interface it has."""
        found = (
            seller for end, seller in _SELLERS.items() if self.hostname == end or self.hostname.endswith("." + end)
        )
        return next(found, self.dialect)


def parse_upstream(dialect: Dialect, url: str) -> Upstream:
    """An address as SDKs have it, with or without `/v1` at its end. Raises WrongUse."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise WrongUse(f'"{_shown(url)}" is no upstream; write its address, such as {DEFAULT_UPSTREAMS[dialect]}')
    if parts.username or parts.password:
        raise WrongUse("an upstream's address has no user and no password; the program sends its own key")
    path = parts.path.rstrip("/").removesuffix("/v1")
    return Upstream(dialect, parts.scheme, parts.hostname, port, path)


def parse_upstreams(given: Mapping[Dialect, str | None]) -> dict[Dialect, Upstream]:
    """Both upstreams, the services themselves where nothing is given. Raises WrongUse."""
    return {dialect: parse_upstream(dialect, given.get(dialect) or url) for dialect, url in DEFAULT_UPSTREAMS.items()}


def check_not_itself(upstreams: Mapping[Dialect, Upstream], address: Address) -> None:
    """Raise WrongUse where calls would go on to the very collector that passes them on, without end."""
    for upstream in upstreams.values():
        if upstream.port == address.port and (is_loopback(upstream.hostname) or upstream.hostname == address.host):
            raise WrongUse(f"the upstream {upstream.origin} is this collector itself; name the model's own server")


class Pool:
    """Connections to one upstream, made in the loop that uses them."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self._transport: httpx2.AsyncHTTPTransport | None = None
        self._making = asyncio.Lock()

    async def ready(self) -> httpx2.AsyncHTTPTransport:
        """The transport. Importing the client and reading certificates takes long: it is done once, in a thread."""
        async with self._making:
            if self._transport is None:
                self._transport = await asyncio.to_thread(_make_transport, self.upstream)
            return self._transport

    async def close(self) -> None:
        """Close what is open."""
        async with self._making:
            if self._transport is not None:
                await self._transport.aclose()


def _make_transport(upstream: Upstream) -> httpx2.AsyncHTTPTransport:
    import httpx2

    # Neither reading nor writing has a limit of time: a model may think for long, and the sender has a limit of its own.
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=_KEPT_CONNECTIONS, keepalive_expiry=20.0)
    through = _environment_proxy(upstream)
    try:
        return httpx2.AsyncHTTPTransport(limits=limits, proxy=httpx2.Proxy(through) if through else None)
    except (ValueError, ImportError, httpx2.InvalidURL) as error:
        # The address is not shown: it can hold a password.
        raise WrongUse(
            f"the proxy that the environment names for {upstream.host} cannot be used ({type(error).__name__}); "
            "check HTTPS_PROXY, or name the host in NO_PROXY"
        ) from error


def _environment_proxy(upstream: Upstream) -> str | None:
    if is_loopback(upstream.hostname) or urllib.request.proxy_bypass(upstream.host):
        return None
    found = urllib.request.getproxies()
    address = found.get(upstream.scheme) or found.get("all")
    return address if address is None or "://" in address else f"http://{address}"


def timeouts() -> dict[str, float | None]:
    """Seconds for each phase, as the transport has them."""
    return {"connect": _CONNECT_S, "read": None, "write": None, "pool": None}


def _shown(url: str) -> str:
    """An address that may hold a password, for an error."""
    return url.rpartition("@")[2]
