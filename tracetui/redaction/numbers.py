"""Rules for numbers that carry a check: payment cards (ISO/IEC 7812, Luhn) and bank accounts (ISO 13616, IBAN)."""

from __future__ import annotations

import re

from tracetui.redaction.people import digits_of
from tracetui.redaction.rules import Rule, find_by

CARD_MARK = "[CARD]"
_LUHN_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def passes_luhn(digits: str) -> bool:
    """Whether the last digit checks the others."""
    own = sum(map(int, digits[-1::-2]))
    return (own + sum(_LUHN_DOUBLED[int(digit)] for digit in digits[-2::-2])) % 10 == 0


_NETWORKS: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("4", (16,)),
    ("5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720", (16,)),
    ("3[47]", (15,)),
    ("6011|64[4-9]|65", (16,)),
    ("352[89]|35[3-8]", (16,)),
    ("30[0-5]|36|38", (14,)),
    ("62", (16, 17, 18, 19)),
)
"""First digits of the networks, and how many digits their cards have: Visa, Mastercard, American Express, Discover, JCB,
Diners Club, UnionPay. Together with the check one of some hundred random numbers is taken for a card."""
_CARD_STARTS = tuple((re.compile(first), lengths) for first, lengths in _NETWORKS)


def is_card(digits: str) -> bool:
    """Whether these digits can be the number of a card."""
    known = any(len(digits) in lengths and first.match(digits) for first, lengths in _CARD_STARTS)
    return known and len(set(digits)) > 1 and passes_luhn(digits)


def _card(match: re.Match[str]) -> int:
    before = match.string[max(0, match.start() - 5) : match.start()]
    is_in_a_row = re.search(r"\d[.\-]\Z|\d{4} \Z", before)
    return match.end() if is_in_a_row is None and is_card(digits_of(match[0])) else 0


IBAN_LENGTHS: dict[str, int] = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18,
    "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24,
    "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24,
    "XK": 20,
}  # fmt: skip
"""How many letters and digits an IBAN of a country has, by the registry of ISO 13616."""


def is_iban(compact: str) -> bool:
    """Whether the check digits fit, and the length that of the country."""
    if IBAN_LENGTHS.get(compact[:2]) != len(compact):
        return False
    number = "".join(str(int(letter, 36)) for letter in compact[4:] + compact[:4])
    return int(number) % 97 == 1


def _iban(match: re.Match[str]) -> int:
    """The end after as many letters and digits as the country's have: words in capitals may follow."""
    length = IBAN_LENGTHS.get(match[0][:2], 0)
    text, position, compact = match.string, match.start(), ""
    while len(compact) < length and position < match.end():
        compact += text[position].strip()
        position += 1
    goes_on = text[position : position + 1].isalnum()
    return position if length and not goes_on and is_iban(compact) else 0


RULES: tuple[Rule, ...] = (
    Rule("iban", "[IBAN]", find_by(r"[A-Z][A-Z]\d\d(?: ?[A-Z0-9]){11,30}", _iban), is_number=True),
    Rule(
        "card",
        CARD_MARK,
        find_by(
            r"[2-6](?:\d{13,18}|\d{3}([ \-])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{3}([ \-])\d{6}\2\d{4,5})"
            r"(?!\w|[.\-]\d| \d{4}(?!\d))",
            _card,
        ),
        is_number=True,
    ),
)
