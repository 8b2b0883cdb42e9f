"""Rules for keys and tokens: those of providers of models and of clouds by their prefixes, private keys, headers, and what
is labelled as a secret.

The prefixes and lengths are facts that the providers' pages and public lists of secret scanners state. Keys of Mistral,
Cohere, Azure (older ones) and Datadog have no prefix: they are found by the label or the key they stand under.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from tracetui.redaction.rules import Find, Rule, Span, find_by, whole_if

KEY_MARK = "[API_KEY]"
SECRET_MARK = "[SECRET]"
_TOKEN_MARK = "[TOKEN]"

_URL_SAFE, _PLAIN, _HEX = "[A-Za-z0-9_-]", "[A-Za-z0-9]", "[0-9a-f]"
PREFIXES: tuple[tuple[str, str, str], ...] = (
    (
        "sk-",
        _URL_SAFE,
        "20,",
    ),  # OpenAI (also sk-proj-, sk-svcacct-, sk-admin-), Anthropic, OpenRouter, DeepSeek, Langfuse
    ("pk-lf-", _URL_SAFE, "30,"),  # Langfuse
    ("AIza", _URL_SAFE, "35"),  # Google
    ("AQ.", _URL_SAFE, "40,"),  # Google, newer keys of Gemini
    ("ya29.", _URL_SAFE, "20,"),  # Google OAuth
    ("GOCSPX-", _URL_SAFE, "28"),  # Google OAuth client
    ("hf_", _PLAIN, "30,"),  # Hugging Face
    ("api_org_", _PLAIN, "30,"),
    ("gsk_", _PLAIN, "20,"),  # Groq
    ("xai-", _PLAIN, "40,"),  # xAI
    ("r8_", _PLAIN, "37"),  # Replicate
    ("pplx-", _PLAIN, "40,"),  # Perplexity
    ("nvapi-", _URL_SAFE, "40,"),  # NVIDIA
    ("csk-", _PLAIN, "40,"),  # Cerebras
    ("fw_", _PLAIN, "20,"),  # Fireworks
    ("tgp_v1_", _URL_SAFE, "30,"),  # Together
    ("tvly-", _URL_SAFE, "24,"),  # Tavily
    ("pcsk_", "[A-Za-z0-9_]", "40,"),  # Pinecone
    ("e2b_", _HEX, "32,"),
    ("sk_", "[A-Za-z0-9_]", "24,"),  # ElevenLabs, Stripe
    ("rk_", "[A-Za-z0-9_]", "24,"),  # Stripe
    ("whsec_", "[A-Za-z0-9+/=]", "24,"),
    ("lsv2_", "[A-Za-z0-9_]", "40,"),  # LangSmith
    ("ls__", _HEX, "32"),
    ("ABSK", "[A-Za-z0-9+/=]", "100,"),  # Amazon Bedrock
    ("bedrock-api-key-", "[A-Za-z0-9+/=_-]", "40,"),
    ("ghp_", _PLAIN, "30,"),  # GitHub
    ("gho_", _PLAIN, "30,"),
    ("ghu_", _PLAIN, "30,"),
    ("ghs_", _PLAIN, "30,"),
    ("ghr_", _PLAIN, "30,"),
    ("github_pat_", "[A-Za-z0-9_]", "60,"),
    ("glpat-", _URL_SAFE, "20,"),  # GitLab
    ("xapp-", "[A-Za-z0-9-]", "20,"),  # Slack
    ("npm_", _PLAIN, "36"),
    ("pypi-", _URL_SAFE, "80,"),
    ("dop_v1_", _HEX, "64"),  # DigitalOcean
    ("SG.", "[A-Za-z0-9_.-]", "60,"),  # SendGrid
)
"""Prefix, letters and length of what comes after it."""


def has_digit(text: str) -> bool:
    """Whether it has a digit: `sk-estimator-doc-link-text` is a class of a style sheet."""
    return any("0" <= letter <= "9" for letter in text)


def _by_prefix() -> Iterable[Rule]:
    for prefix, letters, length in PREFIXES:
        pattern = f"{re.escape(prefix)}{letters}{{{length}}}(?![A-Za-z0-9])"
        yield Rule("api_key", KEY_MARK, find_by(pattern, whole_if(has_digit)), (prefix,), is_word=True)


def is_random(text: str) -> bool:
    """Whether letters look drawn by lot: digits (one is enough in a long one of small and capital letters) and letters, and
    more than three bits in each."""
    digits = sum("0" <= letter <= "9" for letter in text)
    is_long = len(text) >= 30 and text.lower() != text != text.upper()
    if digits < (1 if is_long else 2) or digits == len(text):
        return False
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares) > 3.0


def _is_basic(text: str) -> bool:
    """Whether it is base64 of `user:password`, as a header has it."""
    try:
        return b":" in base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False


def _is_password(text: str) -> bool:
    return has_digit(text) and not text.isdecimal() and "(" not in text


_LABEL = re.compile(r"(?:key|secret|token|password|passwd|pwd)[\"']? {0,2}=?\Z", re.IGNORECASE)
_PASSWORD = re.compile(r"(?:password|passwd|passphrase)[\"']? {0,2}=?\Z", re.IGNORECASE)


def _find_labelled(label: re.Pattern[str], value: str, is_it: Callable[[str], bool]) -> Find:
    """What stands after a label and `:`, `=` or `=>`: looked for from that sign, which is rarer than letters."""
    patterns = [re.compile(rf"{sign}>? {{0,2}}[\"']?(?P<s>{value})") for sign in ":="]

    def find(text: str) -> Iterator[Span]:
        for pattern in patterns:
            for match in pattern.finditer(text):
                if label.search(text, max(0, match.start() - 16), match.start()) and is_it(match["s"]):
                    yield match.span("s")

    return find


RULES: tuple[Rule, ...] = (
    Rule(
        "private_key",
        "[PRIVATE_KEY]",
        find_by(
            r"-----BEGIN (?:[A-Z]{2,9} ){0,2}PRIVATE KEY(?: BLOCK)?-----"
            r"(?:[^-]|-(?!----))*(?:-----END (?:[A-Z]{2,9} ){0,2}PRIVATE KEY(?: BLOCK)?-----)?"
        ),
        ("-----BEGIN ",),
    ),
    Rule("password", SECRET_MARK, find_by(r"://(?P<s>[^\s/@:\[\]\"'<>]{1,128}:[^\s/@\[\]\"'<>]{1,256})@", within_words=True), ("://",)),
    *_by_prefix(),
    Rule("api_key", KEY_MARK, find_by(r"xox[abeoprs](?:\.xox[abeoprs])?-[A-Za-z0-9-]{10,}"), ("xox",), is_word=True),
    Rule("api_key", KEY_MARK, find_by(r"hooks\.slack\.com/services/(?P<s>[A-Za-z0-9/]{20,})"), ("hooks.slack",), is_word=True),
    Rule(
        "api_key", KEY_MARK, find_by(r"A(?:KIA|SIA|BIA|CCA|3T[A-Z0-9])[A-Z2-7]{16}(?![A-Za-z0-9])"), ("AKIA", "ASIA", "ABIA", "ACCA", "A3T"), is_word=True
    ),
    Rule("api_key", KEY_MARK, find_by(r"[A-Za-z0-9]{50,56}JQQJ99[A-Za-z0-9]{20,30}"), ("JQQJ99",), is_word=True),
    Rule("api_key", KEY_MARK, find_by(r"[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34}"), ("Q~",), is_word=True),
    Rule("api_key", KEY_MARK, find_by(r"(?:Account|Access)Key=(?P<s>[A-Za-z0-9+/]{40,}={0,2})", within_words=True), ("Key=",), is_word=True),
    Rule("api_key", KEY_MARK, find_by(r"sig=(?P<s>[A-Za-z0-9%+/]{40,}={0,2})"), ("sig=",), is_word=True),
    Rule("api_key", KEY_MARK, find_by(r"[1-9]\d{7,9}:AA[A-Za-z0-9_-]{33}"), (":AA",), is_word=True),
    Rule(
        "token",
        _TOKEN_MARK,
        find_by(r"eyJ(?:(?<!\weyJ)|(?<=\\[nrt]eyJ))[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.?[A-Za-z0-9_-]*"),
        ("eyJ",),
        is_word=True,
    ),
    Rule(
        "token",
        _TOKEN_MARK,
        find_by(r"[Bb](?:earer|EARER)\s{1,4}(?P<s>[A-Za-z0-9._~+/=-]{16,})", whole_if(has_digit)),
        ("earer", "EARER"),
    ),
    Rule("token", _TOKEN_MARK, find_by(r"[Bb]asic\s{1,4}(?P<s>[A-Za-z0-9+/]{6,}={0,2})", whole_if(_is_basic)), ("asic",)),
    Rule("api_key", KEY_MARK, _find_labelled(_LABEL, r"[A-Za-z0-9_+/=~-]{16,}", is_random), (":", "=")),
    Rule(
        "password", SECRET_MARK, _find_labelled(_PASSWORD, r"[^\s\"'<>,;\[\]{}\\]{6,64}", _is_password), ("assw", "assp", "ASSW", "ASSP")
    ),
)  # fmt: skip
