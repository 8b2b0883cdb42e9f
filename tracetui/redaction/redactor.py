"""The door of this room: a Redactor takes out of any value what its rules find, and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import TypeVar

from tracetui.config import Config
from tracetui.errors import WrongUse
from tracetui.redaction import addresses, numbers, people, secrets
from tracetui.redaction.keys import About
from tracetui.redaction.names import make_name_rule
from tracetui.redaction.own import OwnRule, read_own_rules
from tracetui.redaction.rules import Rule
from tracetui.redaction.scan import Rules
from tracetui.redaction.values import Path, Walk

Value = TypeVar("Value")

RULES: tuple[Rule, ...] = (*secrets.RULES, *people.RULES[:1], *numbers.RULES, *people.RULES[1:], *addresses.RULES)
"""In the order in which they look: what is certain before what could be a part of it."""
NAMES: tuple[str, ...] = tuple(dict.fromkeys(rule.name for rule in RULES))


class Redactor:
    """Takes out what its rules find. `counts` has how often, by the name of the rule; one thread at a time."""

    def __init__(self, rules: Sequence[Rule] = RULES, own: Sequence[OwnRule] = ()) -> None:
        self.counts: Counter[str] = Counter()
        everywhere = [one.rule for one in own if not one.fields]
        somewhere = [one for one in own if one.fields]
        chosen: dict[About, Rules] = {told: Rules((*everywhere, *_rules_for(told, rules))) for told in _TOLD}

        @lru_cache(4096)
        def of_path(path: Path, told: About) -> Rules:
            joined = ".".join(path)
            added = [one.rule for one in somewhere if one.is_for(joined)]
            return Rules((*added, *chosen[told].all)) if added else chosen[told]

        def rules_at(path: Path, told: About) -> Rules:
            known: About = told if told in chosen else ""
            return of_path(path, known) if somewhere else chosen[known]

        self._walk = Walk(rules_at, self._count, wants_paths=bool(somewhere))

    def _count(self, name: str, number: int) -> None:
        self.counts[name] += number

    def redact(self, value: Value) -> Value:
        """The value without what the rules find: text, JSON, or a Struct with all that is in it. The same object where
        nothing was found."""
        return self._walk.value(value)

    @property
    def total(self) -> int:
        """How often something was taken out."""
        return sum(self.counts.values())


_TOLD: tuple[About, ...] = ("", "id", "version", "key")


def _rules_for(told: About, rules: Sequence[Rule]) -> list[Rule]:
    """Numbers under the key of an id are ids, four numbers under that of a version are one; no key is a sentence."""
    leave_out = {
        "id": [rule for rule in rules if rule.is_number],
        "version": [rule for rule in rules if rule.is_address],
        "key": [rule for rule in rules if rule.is_text],
    }
    return [rule for rule in rules if rule not in leave_out.get(told, ())]


def make_redactor(config: Config) -> Redactor:
    """The rules that there are and the user's own, as the configuration says. Raises WrongUse and MissingExtra."""
    asked = config.redaction
    for name in asked.off:
        if name not in NAMES:
            near = get_close_matches(name, NAMES, 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(NAMES)}"
            raise WrongUse(f'config.toml: redaction.off: there is no rule "{name}": {hint}')
    own = read_own_rules(config.redact)
    rules = [rule for rule in RULES if rule.name not in asked.off]
    _refuse_unstable(own, rules)
    if asked.names:
        rules.append(make_name_rule(asked.language))
    return Redactor(rules, own)


def _refuse_unstable(own: Sequence[OwnRule], rules: Sequence[Rule]) -> None:
    """A replacement in which another rule finds something would be redacted once more each time."""
    redact = Redactor(rules, own).redact
    for one in own:
        if redact(one.rule.mark) != one.rule.mark:
            raise WrongUse(
                f"config.toml: [[redact]] {one.rule.name}: another rule redacts its replacement {one.rule.mark}; choose another"
            )
