"""The user's own prices, in a TOML file of `[[price]]` tables; docs/prices.md explains them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from tracetui.errors import WrongUse
from tracetui.pricing.rates import Price, Rates, Tier
from tracetui.pricing.sellers import seller_of


class OwnTier(Struct, frozen=True, forbid_unknown_fields=True):
    """Rates of a whole call with more than `above` input tokens, cached ones included; a rate left out stays."""

    above: int
    input: float | None = None
    output: float | None = None
    cache_read: float | None = None
    cache_write: float | None = None


class OwnPrice(Struct, frozen=True, forbid_unknown_fields=True):
    """One table: US dollars per million tokens for the models that `match`, a shell pattern without regard to case.

    `provider` restricts it to one provider, in any of his spellings; `since` (`from` in the file) to calls of that
    day and later. Where a cache or reasoning rate is left out, that of input or output is charged.
    """

    match: str
    input: float
    output: float = 0.0
    cache_read: float | None = None
    cache_write: float | None = None
    cache_write_1h: float | None = None
    reasoning: float | None = None
    provider: str | None = None
    since: date | None = field(default=None, name="from")
    tiers: tuple[OwnTier, ...] = ()

    def covers(self, provider: str | None, model: str, day: date) -> bool:
        """Whether this price is for a call of that provider and model on that day (UTC)."""
        if self.since is not None and day < self.since:
            return False
        if self.provider is not None and not _is_same_provider(self.provider, provider):
            return False
        return fnmatchcase(model.strip().lower(), self.match.lower())


class _OwnPrices(Struct, frozen=True, forbid_unknown_fields=True):
    price: tuple[OwnPrice, ...] = ()


def _is_same_provider(wanted: str, recorded: str | None) -> bool:
    if recorded is None:
        return False
    if wanted.strip().lower() == recorded.strip().lower():
        return True
    seller = seller_of(wanted)
    return bool(seller) and seller == seller_of(recorded)


def load_own_prices(path: Path) -> tuple[OwnPrice, ...]:
    """Read the user's prices. Raises WrongUse, naming the file and the key."""
    import tomllib

    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _OwnPrices).price
    except OSError as error:
        raise WrongUse(f"{path}: the price file cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise WrongUse(f"{path}: is not UTF-8 text, as TOML has to be") from None
    except ValueError as error:
        raise WrongUse(f"{path}: is not valid TOML: {error}") from None
    except RecursionError:
        raise WrongUse(f"{path}: is nested too deeply to be read") from None
    except msgspec.ValidationError as error:
        raise WrongUse(f"{path}: {error}") from None


def find_own_price(own: tuple[OwnPrice, ...], provider: str | None, model: str, at_ns: int) -> Price | None:
    """The last of the user's prices that covers the call, so that a later table corrects an earlier one."""
    if not own:
        return None
    day = datetime.fromtimestamp(at_ns // 1_000_000_000, UTC).date()
    for row in reversed(own):
        if row.covers(provider, model, day):
            since = "" if row.since is None else f" from {row.since.isoformat()}"
            rates = Rates(
                row.input, row.cache_read, row.cache_write, row.output, row.reasoning, cache_write_1h=row.cache_write_1h
            )
            return Price(f"own prices: {row.match}{since}", rates, _tiers(row, rates))
    return None


def _tiers(row: OwnPrice, rates: Rates) -> tuple[Tier, ...]:
    """The tiers, the highest threshold first."""
    named = ("input", "output", "cache_read", "cache_write")
    changes = [(tier.above, {name: getattr(tier, name) for name in named}) for tier in row.tiers]
    tiers = [
        Tier(above, replace(rates, **{name: rate for name, rate in change.items() if rate is not None}))
        for above, change in changes
    ]
    return tuple(sorted(tiers, key=lambda tier: -tier.above))
