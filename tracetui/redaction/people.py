"""Rules for what belongs to a person: e-mail addresses, phone numbers, US social security numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracetui.redaction.rules import Rule, Span, after_escape, begins, find_after, find_by, whole_if

_DOMAIN = r"((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}([A-Za-z]{2,24}))(?![\w-])"
_HOSTS = (("@", re.compile(f"@{_DOMAIN}")), ("%40", re.compile(f"%40{_DOMAIN}")))
_LOCAL_BACKWARDS = re.compile(r"[\w.%+'-]{1,64}")
_NO_DOMAINS = frozenset({"png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "ts", "py", "json", "html", "md"})
"""Ends of file names, such as that of `icon@2x.png`."""


def _emails(text: str) -> Iterator[Span]:
    """From the @ outwards: a text without one costs nothing, and a long word is not gone through from each letter."""
    for sign, host in _HOSTS:
        for match in host.finditer(text) if sign in text else ():
            start = after_escape(text, _start_of_local(text, match.start()))
            if match[2].lower() not in _NO_DOMAINS and start < match.start() and text[start : match.start()] != "git":
                yield start, match.end()


def _start_of_local(text: str, end: int) -> int:
    """Where the name before the @ begins, which is not with a sign."""
    local = _LOCAL_BACKWARDS.match(text[max(0, end - 64) : end][::-1])
    start = end if local is None else end - local.end()
    while start < end and text[start] in ".%'-":
        start += 1
    return start


def digits_of(text: str) -> str:
    """The ASCII digits of a text."""
    return "".join(letter for letter in text if "0" <= letter <= "9")


_MOST_DIGITS, _LEAST_DIGITS = 15, 8


def _international(match: re.Match[str]) -> int:
    """The end of a number of at most 15 digits (E.164); what follows it after a blank belongs to it no more."""
    found, end, count = match[0], match.end(), len(digits_of(match[0]))
    while count > _MOST_DIGITS:
        cut = max(found.rfind(sign) for sign in " .-\u00a0")
        if cut < 0:
            return 0
        found = found[:cut]
        end, count = match.start() + len(found), len(digits_of(found))
    return end if count >= _LEAST_DIGITS else 0


def _is_labelled(number: str) -> bool:
    return 7 <= len(digits_of(number)) <= _MOST_DIGITS and re.match(r"\d{4}-\d\d-\d\d", number) is None


def is_ssn(text: str) -> bool:
    """Whether nine digits can be a social security number: no part is all zeros, the area is not 666 or from 900."""
    digits = digits_of(text)
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return len(digits) == 9 and area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def _stands_alone(match: re.Match[str]) -> bool:
    """Whether nothing before it goes on into it: `2024-123-45-6789` is no social security number."""
    before = match.string[max(0, match.start() - 2) : match.start()]
    return not re.search(r"\d[.\-]\Z|[.+]\Z", before) and begins(match.string, match.start())


_PHONE = "phone", "[PHONE]"
_SSN = "ssn", "[SSN]"
_LABEL = re.compile(r"(?:phone|mobile|tel|telephone|fax|whatsapp)(?:[ _-]?(?:number|no\.?))?[\"']? ?\Z", re.IGNORECASE)
_AFTER = r" ?[\"']?(?P<s>\+?\(?\d[\d ().\-\u00a0]{5,18}\d)(?!\w)"
_NUMBERS = tuple(re.compile(sign + _AFTER) for sign in ":=")


def _labelled_phones(text: str) -> Iterator[Span]:
    for number in _NUMBERS:
        for match in number.finditer(text):
            if _LABEL.search(text, max(0, match.start() - 24), match.start()) and _is_labelled(match["s"]):
                yield match.span("s")


RULES: tuple[Rule, ...] = (
    Rule("email", "[EMAIL]", _emails, ("@", "%40")),
    Rule(
        *_SSN,
        find_after(
            r"-\d\d-\d{4}(?![\w]|-\d)", r"[0-8]\d\d", lambda m: m.end() if _stands_alone(m) and is_ssn(m[0]) else 0
        ),
        ("-",),
        is_number=True,
    ),
    Rule(
        *_SSN,
        find_by(
            r"(?:SSN|ssn|[Ss]ocial [Ss]ecurity(?: [Nn]umber)?)(?: is)?[\"':=# ]{0,4}(?P<s>\d{3}[ -]?\d\d[ -]?\d{4})(?!\w)",
            whole_if(is_ssn),
        ),
        ("SSN", "ssn", "ocial "),
        is_number=True,
    ),
    Rule(
        *_PHONE,
        find_by(r"\+1[ .\-\u00a0]?\(?[2-9]\d\d\)?[ .\-\u00a0]?\d{3}[ .\-\u00a0]?\d{4}(?!\d)"),
        ("+1",),
        is_number=True,
    ),
    Rule(
        *_PHONE,
        find_by(r"\+[2-9]\d{0,2}(?:[ .\-\u00a0]?\(?\d{1,5}\)?){2,7}(?!\d)", _international),
        ("+",),
        is_number=True,
    ),
    Rule(*_PHONE, find_by(r"\([2-9]\d\d\) ?[2-9]\d\d[ .\-]\d{4}(?![\w]|[.\-]\d)"), ("(",), is_number=True),
    *(
        Rule(
            *_PHONE,
            find_after(
                rf"{sign}[2-9]\d\d{sign}\d{{4}}(?![\w]|[.\-]\d)",
                rf"(?:1{sign})?[2-9]\d\d",
                lambda m: m.end() if _stands_alone(m) else 0,
            ),
            (hint,),
            is_number=True,
        )
        for hint, sign in (("-", "-"), (".", r"\."))
    ),
    Rule(*_PHONE, _labelled_phones, (":", "="), is_number=True),
)
