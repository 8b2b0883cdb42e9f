"""Money, tokens, sizes, counts and shares as a reader sees them. What is not recorded is a dash, never a zero."""

from __future__ import annotations

import math

ABSENT = "–"
"""Drawn where a value is not recorded."""


def money(usd: float | None, *, partial: bool = False) -> str:
    """US dollars with as many digits as are worth reading: `$1.23`, `$0.0031`, `$0.000012`.

    `partial` says that some of what was added up has no price: `≥ $1.23`.
    """
    if usd is None or not math.isfinite(usd):
        return ABSENT
    if partial and 0 < usd < 0.000001:
        return "> $0"
    sign = "-" if usd < 0 else ""
    return f"{'≥ ' if partial else ''}{sign}{_dollars(abs(usd))}"


def _dollars(usd: float) -> str:
    if usd == 0:
        return "$0"
    if usd >= 0.99995:
        return f"${usd:,.2f}"
    if usd >= 0.00099995:
        return f"${usd:.4f}"
    if usd < 0.000001:
        return "<$0.000001"
    exponent = int(f"{usd:.1e}".partition("e")[2])
    return f"${usd:.{1 - exponent}f}"


def tokens(n: int | None) -> str:
    """A number of tokens in at most five cells: `310`, `1.2k`, `123k`, `3.1M`."""
    if n is None:
        return ABSENT
    if n < 1000:
        return str(n)
    return _scaled(n, ("k", "M", "B", "T"))


def size(n_bytes: int | None) -> str:
    """A number of bytes in decimal units: `812 B`, `1.2 kB`, `127 MB`."""
    if n_bytes is None:
        return ABSENT
    if n_bytes < 1000:
        return f"{n_bytes} B"
    return _scaled(n_bytes, (" kB", " MB", " GB", " TB"))


def _scaled(n: int, units: tuple[str, ...]) -> str:
    value, power = n / 1000, 0
    while value >= 999.5 and power < len(units) - 1:
        value, power = value / 1000, power + 1
    return f"{value:.1f}{units[power]}" if value < 99.95 else f"{value:.0f}{units[power]}"


def count(n: int | None) -> str:
    """A whole number with thousands marked: `4,210`."""
    return ABSENT if n is None else f"{n:,}"


def about(text: str, is_estimate: bool) -> str:
    """A figure as it is, or with a `~` before it where it is an estimate: `~4,210`, `≥ ~$1.23`; a dash stays a dash."""
    if not is_estimate or text in ("", ABSENT):
        return text
    for sign in ("≥ ", "> "):
        if text.startswith(sign):
            return f"{sign}~{text.removeprefix(sign)}"
    return f"~{text}"


def percent(fraction: float | None) -> str:
    """A share of one as per cent: `0.123` is `12.3%`; a share that is not zero is never drawn as `0%`."""
    if fraction is None or not math.isfinite(fraction):
        return ABSENT
    if 0 < fraction < 0.0005:
        return "<0.1%"
    if 0.9995 <= fraction < 1:
        return ">99.9%"
    return f"{fraction * 100:.1f}".removesuffix(".0") + "%"
