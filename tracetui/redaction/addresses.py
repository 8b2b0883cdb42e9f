"""Rules for IP addresses, of which versions and the names of C++ and Rust must be told apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracetui.redaction.rules import Rule, Span, begins, find_after

_MARK = "[IP]"
_VERSION_BEFORE = re.compile(
    r"(?:(?:version|release|build|firmware|driver|rev|ver|sdk|section|chapter|§)[\"']?[ :=.]{0,3}|[=<>~^]=? ?|(?<!/)/|-|\.)\Z",
    re.IGNORECASE,
)
_TAIL = re.compile(r"-[A-Za-z]|\.\d|[+_]")


def is_personal_ipv4(text: str) -> bool:
    """Whether four numbers are an address that says something of somebody: not this machine itself, no mask, no network,
    and not four single digits, which versions and sections of documents are."""
    parts = text.split(".")
    octets = [int(part) for part in parts]
    if any(octet > 255 or (part[0] == "0" and part != "0") for octet, part in zip(octets, parts, strict=True)):
        return False
    return octets[0] not in (0, 127, 255) and octets[1:] != [0, 0, 0] and max(octets) > 9


def _ipv4(match: re.Match[str]) -> int:
    before = match.string[max(0, match.start() - 16) : match.start()]
    is_version = _VERSION_BEFORE.search(before) or _TAIL.match(match.string, match.end())
    return match.end() if not is_version and is_personal_ipv4(match[0]) else 0


_COLONS = re.compile(r":(?::|[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:)")
_HEAD = re.compile(r"[0-9A-Fa-f:]*\Z")
_TAIL_OF_IPV6 = re.compile(r"[0-9A-Fa-f:]*")


def is_personal_ipv6(text: str) -> bool:
    """Whether it is an address, and none that `a::b` of a programming language could be: a shortened one begins with a
    group of four of which one is a digit."""
    import ipaddress

    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return False
    if address.is_loopback or address.is_unspecified:
        return False
    first = text.partition(":")[0]
    return "::" not in text or (len(first) == 4 and any(letter.isdigit() for letter in first))


def _ipv6(text: str) -> Iterator[Span]:
    """From colons outwards, over all that an address is made of."""
    position = 0
    while (colons := _COLONS.search(text, position)) is not None:
        head = _HEAD.search(text, max(position, colons.start() - 40), colons.start())
        start = colons.start() if head is None else head.start()
        tail = _TAIL_OF_IPV6.match(text, colons.end())
        position = colons.end() if tail is None else tail.end()
        end = position - (text[position - 1] == ":" and text[position - 2] != ":")
        is_alone = begins(text, start) and text[start - 1 : start] != "." and not text[end : end + 1].isalnum()
        if is_alone and end - start <= 39 and is_personal_ipv6(text[start:end]):
            yield start, end


RULES: tuple[Rule, ...] = (
    Rule(
        "ip",
        _MARK,
        find_after(r"\.\d{1,3}\.\d{1,3}\.\d{1,3}(?!\w)", r"[1-9]\d{0,2}", _ipv4),
        (".",),
        is_number=True,
        is_address=True,
    ),
    Rule("ip", _MARK, _ipv6, (":",), is_number=True, is_address=True),
)
