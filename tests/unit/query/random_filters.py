"""Random filters that parse: every field, operator, flag, scope and negation, over values that the store holds."""

from __future__ import annotations

from random import Random

from tracetui.query.fields import ATTRIBUTE, FIELDS, FLAGS, Field
from tracetui.query.lexer import quote

from .hostile import KEYS, TEXTS

OPERATORS = (":", ":", ":>", ":>=", ":<", ":<=", ":=", ">", "<=", "=")
MOMENTS = ("1m", "90m", "2h", "1d", "7d", "today", "yesterday", "2026-11-18", "2026-11", "2026-11-18T12:46", "now",
           "2026-11-17T13:46:40Z", "2026-11-18T13:46:40.5+01:00")  # fmt: skip
AMOUNTS = ("0", "1", "5", "310", "1.2k", "10k", "2.5M", "-3", "99999999999999999999", "0.5", "1e3")
UNITS = {
    "duration": ("0s", "812ms", "2s", "1m30s", "2", "300ms"),
    "money": ("$0.01", "0.0031", "1.5", "-0.5", "1k", "1e-12", "0"),
    "tokens": AMOUNTS,
    "number": ("0", "1", "2", "3", "-1"),
}


def random_filter(random: Random) -> str:
    """One filter."""
    return _query(random, 3)


def _query(random: Random, depth: int) -> str:
    terms = [_term(random, depth) for _ in range(random.choice([1, 1, 2, 2, 3]))]
    return random.choice([" ", " ", " OR ", " AND "]).join(terms)


def _term(random: Random, depth: int) -> str:
    roll = random.random()
    if depth and roll < 0.12:
        term = f"({_query(random, depth - 1)})"
    elif depth and roll < 0.25:
        term = f"{random.choice(['any', 'root', 'all'])}({_query(random, 0)})"
    elif roll < 0.40:
        term = f"is:{random.choice(FLAGS).name}"
    elif roll < 0.47:
        fields = [field for field in FIELDS if field.type != "payload"]
        term = f"has:{_head(random, random.choice([*fields, ATTRIBUTE]), is_key_needed=random.random() < 0.5)}"
    elif roll < 0.55:
        term = quote(random.choice(TEXTS)) if random.random() < 0.7 else "/[st]+a/"
    else:
        field = random.choice([*FIELDS, ATTRIBUTE])
        term = _head(random, field) + _test(random, field)
    return term if random.random() < 0.7 else f"-{term}"


def _head(random: Random, field: Field, *, is_key_needed: bool = True) -> str:
    name = random.choice((field.name, *(alias for alias in field.aliases if alias != "ms")))
    if field.key == "none" or (field.name != "@" and not is_key_needed):
        return name
    if field.name == "@":
        return "@" + quote(random.choice(["http.status_code", "a b", 'q"', "x'; --", "%", "ключ", "absent"]))
    if field.name == "score":
        return f"{name}." + quote(random.choice(["helpful", "user rating", "GRÖSSE", 'to"ne', "a.b", "absent"]))
    levels = random.sample([key for key in KEYS if key], random.choice([1, 1, 2]))
    return ".".join((name, *(quote(level) for level in levels)))


def _test(random: Random, field: Field) -> str:
    """An operator and values that fit the type of a field."""
    if field.type == "enum":
        values = random.sample(field.values, random.choice([1, 2]))
        return random.choice([":" + ",".join(values), f":{values[0][:2]}*", f"={values[0]}"])
    if field.implied:
        return f":{random.choice(MOMENTS)}"
    if field.type == "time":
        value = random.choice([*MOMENTS, "2026-11-17..2026-11-18", "..yesterday", "2h.."])
        return (":" if ".." in value else random.choice(OPERATORS)) + value
    if field.type in UNITS or (field.type == "mixed" and random.random() < 0.4):
        return _number_test(random, UNITS.get(field.type, ("0", "1", "0.5", "5", "-2.5", "500", "1e20")))
    return _text_test(random)


def _number_test(random: Random, amounts: tuple[str, ...]) -> str:
    low = random.choice(amounts)
    if random.random() < 0.25:
        return random.choice([f":{low}..", f":..{low}", f":{low}..{low}", f":{low},{random.choice(amounts)}"])
    return random.choice(OPERATORS) + low


def _text_test(random: Random) -> str:
    text = random.choice(TEXTS)
    at = random.randrange(len(text) + 1)
    case = random.choice([str, str.upper, str.lower, str.title])(text)
    return random.choice([
        f":{quote(text)}", f":{quote(case)}", f":={quote(text)}", f"={quote(case)}", f":{quote(case[:at])}*",
        f":*{quote(case[at:])}", f":*{quote(case[at : at + 2])}*", f":{quote(case[:1])}*{quote(case[-1:])}",
        f":{quote(text)},{quote(random.choice(TEXTS))}", f":{quote(text)},*a*", ":/^s.*[te]$/", ":/\\d/",
    ]).replace('""', '"s"')  # fmt: skip
