"""Redaction: personal data and secrets are taken out of what was captured, before it is written or shown.

    rules    ── a Rule finds spans of text, and has a name (counted, switched off by it) and a mark such as `[EMAIL]`
      people · numbers · addresses · secrets     the rules that there are, by what they find
      own · trial                                the user's `[[redact]]` rules, and the trial each has to pass
      names                                      people's names, by presidio (extra `pii`)
    scan     ── text through rules, again and again until nothing changes: redacting twice is redacting once
    keys     ── what the key of a value says about it: a password, a phone number, a version
    values   ── any JSON, and any of our Structs: text, keys, JSON within text, numbers. Ids and models are kept
    redactor ── the door: `make_redactor(config)` gives a Redactor, which counts what it takes out

It is pure but for the counts. Whoever writes (collector, exporter, import, export) or shows (the mask) calls it with
whole values; nothing here knows what they are for. What is found and what is not: docs/redaction.md.
"""

from tracetui.redaction.redactor import Redactor, make_redactor

__all__ = ["Redactor", "make_redactor"]
