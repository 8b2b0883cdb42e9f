"""Which seller, and which model of his, a recorded provider and model mean. Pure text, no prices.

`azure/gpt-4o`, `bedrock/us.anthropic.claude-…-v1:0`, `openrouter/meta-llama/…:free`, `openai:gpt-4o`,
`publishers/anthropic/models/claude-…@20250514`: the prefixes say who sold the call. Open-weight models are sold by
many at many prices, so they need a seller; a maker's own model does not, it is his.
"""

from __future__ import annotations

import re

from msgspec import Struct

from tracetui.pricing.sellers import is_nobody, seller_named, seller_of

_ORGANISATIONS = frozenset(
    {
        "openai", "anthropic", "google", "mistralai", "deepseek", "deepseek-ai", "moonshotai", "z-ai", "zai-org", "minimax",
        "x-ai", "cohere", "perplexity", "qwen", "nvidia",
    }
)  # fmt: skip
"""Makers as OpenRouter and Hugging Face write them before a slash."""

_CLIENT_LIBRARIES = (None, "openai", "anthropic")
"""Recorded sellers that may be only the library through which another seller was called."""

_OPEN_WEIGHTS = re.compile(
    r"^(?!gemini|claude|grok).*(?:gpt-oss|llama|mixtral|open-mi[sx]|mistral-(?:7b|nemo)|gemma|qwen|qwq|deepseek-(?:r\d|v\d|coder)|kimi|glm-|phi-?\d|minimax-m"
    r"|:\d|(?:^|[-:])\d+(?:\.\d+)?b(?:$|[-:]))"
)
_BEDROCK = re.compile(
    r"arn:aws[\w-]*:bedrock:|(?:(?:us|eu|apac|au|jp|ca|sa|us-gov|global)\.)?"
    r"(?:anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen|minimax|moonshot|google|nvidia|writer|stability)\.[a-z]"
)
_RESOURCE = re.compile(r"(?:projects/[^/]+/locations/[^/]+/)?publishers/[^/]+/models/(?P<model>.+)")
_VERTEX_DATE = re.compile(r"@(?:\d{8}|latest|default)$")
_DATE = re.compile(r"[-@](?:20\d{6}|20\d\d-\d\d-\d\d)$")
_LOCAL_TAG = re.compile(r":\d+(?:\.\d+)?[bm]\b|-distill-")


class Reading(Struct, frozen=True):
    """One recorded name, understood as far as its spelling goes.

    `seller` is None where nobody is named: then the model has to be one that only its maker sells. `is_listed` is
    False where the seller has no place in the price list. `models` are the model's names as that seller may spell it,
    likeliest first. `rival` is set where the name could as well be an OpenRouter id without its router.
    """

    models: tuple[str, ...]
    seller: str | None = None
    is_listed: bool = True
    rival: str | None = None

    @property
    def needs_seller(self) -> bool:
        """Whether many sell this model and nothing says who did."""
        is_unsold = self.seller is None or self.rival is not None
        return is_unsold and _OPEN_WEIGHTS.search(self.models[-1]) is not None

    @property
    def is_free(self) -> bool:
        """Whether it is one of OpenRouter's `…:free` models."""
        if self.rival is not None:
            return self.rival.endswith(":free")
        name = self.models[-1]
        return self.seller in (None, "openrouter") and "/" in name and name.endswith(":free")


def read_name(provider: str | None, model: str) -> Reading:
    """Work out whose model is meant, and how he may spell it."""
    recorded = seller_of(provider)
    full = model.strip().lower()
    resource = _RESOURCE.search(full)
    if resource is not None:
        recorded, name = recorded or "google", resource["model"]
    elif full.startswith("models/"):
        recorded, name = recorded or "google", full.removeprefix("models/")
    else:
        name = full
    names, seller, rival = _peel(recorded, name)
    names = [full, *names]
    if seller in _CLIENT_LIBRARIES:
        seller = _seller_by_shape(names[-1]) or seller
    names += _as_the_seller_spells_it(seller, names[-1])
    return Reading(
        models=tuple(dict.fromkeys(names)),
        seller=seller or None,
        is_listed=seller != "",
        rival=rival,
    )


def _peel(recorded: str | None, name: str) -> tuple[list[str], str | None, str | None]:
    """Take provider words off the front of `azure/gpt-4o`, `openai:gpt-4o`, `litellm_proxy/bedrock/us.anthropic…`.

    Gives the name at each step, the seller and the rival. The first word that names a seller decides, unless a
    provider was recorded; `openai` as a provider is often only the client library, so a word on the name overrules it.
    """
    seller, rival, names = recorded, None, [name]
    is_open = recorded in (None, "openai")
    while not name.startswith(("arn:", "ft:", "@")):
        head, _, rest = name.partition("/" if "/" in name else ":")
        word = seller_named(head)
        if not rest or (word is None and not is_nobody(head)):
            break
        if word is not None and seller == "openrouter" and word != seller:
            break
        if word is not None and is_open:
            rival = name if head in _ORGANISATIONS and word != recorded else None
            seller, is_open = word, False
        name = rest
        names.append(name)
    return names, seller, rival


def _seller_by_shape(name: str) -> str | None:
    """Bedrock and Vertex have ids of their own shape, and are reached through other makers' client libraries."""
    if _BEDROCK.match(name):
        return "aws"
    return "google" if _VERTEX_DATE.search(name) else None


def _as_the_seller_spells_it(seller: str | None, name: str) -> list[str]:
    """Further spellings: a snapshot that the list does not name on its own has the price of its model."""
    undated = _DATE.sub("", name)
    if seller == "fireworks" and "/" not in name:
        return [f"accounts/fireworks/models/{name}"]
    if seller == "openrouter":
        return [name.removesuffix(":beta"), undated]
    return [undated]


def is_local_tag(model: str) -> bool:
    """Whether the name is of a copy that runs elsewhere than at the model's maker (`deepseek-r1:8b`, `…-distill-…`)."""
    return _LOCAL_TAG.search(model) is not None


def global_twin(seller: str, model: str) -> str | None:
    """The name of the same model at Bedrock's global price, where `model` does not say from where it was called."""
    is_bare = seller == "aws" and model.startswith("claude")
    return f"global.anthropic.{model}" if is_bare else None
