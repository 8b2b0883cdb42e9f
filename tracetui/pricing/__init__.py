"""What a model call costs, and why some calls have no price. Pure: no network, no clock.

`sellers` and `names` read providers and models in any spelling · `catalog` is the bundled price list · `own` the user's prices ·
`rates` the arithmetic · `book` puts them together. The list itself (genai_prices) is imported by the first lookup.
"""

from __future__ import annotations

from tracetui.pricing.book import PriceBook, open_book
from tracetui.pricing.own import OwnPrice, load_own_prices
from tracetui.pricing.sellers import seller_of

_BUNDLED = PriceBook()

price_call = _BUNDLED.price_call
"""Cost of a call by the bundled list alone: (provider, model, usage, at_ns, service_tier=None) -> Cost."""
why = _BUNDLED.why
"""One sentence of what would be charged, or why not: (provider, model, at_ns, service_tier=None) -> str."""

__all__ = ["OwnPrice", "PriceBook", "load_own_prices", "open_book", "price_call", "seller_of", "why"]
