"""What of a path, an id or a name may stand in a bug report. Pure but for the environment that is passed in."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path

from tracetui.redaction import Redactor

_VARIABLES = (
    "TRACETUI_CONFIG_DIR", "TRACETUI_CACHE_DIR", "TRACETUI_DATA_DIR", "TRACETUI_STATE_DIR",
    "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "HOME",
)  # fmt: skip
"""Directories that have a name which says nothing of the user, the narrowest first."""
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+-]{0,79}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_FINE_TUNED = re.compile(r"^(ft:[^:]*):.*$")
_redactor = Redactor()

UNSHOWN = "(not shown)"


def own_path(path: Path, environ: Mapping[str, str], *, whole: bool = False) -> str:
    """A path of ours as a shell takes it, with a variable in place of what names the user; `whole` shows all of it."""
    if whole:
        return shlex.quote(str(path))
    for name in _VARIABLES:
        folder = environ.get(name)
        if folder and path.is_relative_to(folder):
            rest = path.relative_to(folder)
            head = "~" if name == "HOME" else f'"${name}"'
            return head if rest == Path() else f"{head}/{shlex.quote(str(rest))}"
    return shlex.quote(path.name)


def masked(sentence: str, paths: Mapping[str, str]) -> str:
    """A sentence with each path in it replaced; the longest first, so that none is left in pieces."""
    for path in sorted(paths, key=len, reverse=True):
        sentence = sentence.replace(path, paths[path])
    return sentence


def model_name(name: str | None) -> str | None:
    """The name of a model where it looks like one: no blank, no secret, and without the owner of a fine-tuned one."""
    if name is None:
        return None
    shown = _FINE_TUNED.sub(r"\1:…", name)
    if not _WORD.fullmatch(shown.removesuffix(":…")) or _redactor.redact(shown) != shown:
        return UNSHOWN
    return shown


def shown_id(identity: str) -> str:
    """An id where it looks like one, else a digest of it: some programs use an address or a text as an id."""
    if _ID.fullmatch(identity) and _redactor.redact(identity) == identity:
        return identity
    return "#" + blake2b(identity.encode(errors="surrogatepass"), digest_size=6).hexdigest()


def word(text: str | None) -> str | None:
    """A value of the environment, such as TERM, where it is one plain word."""
    return text if text is None or _WORD.fullmatch(text) else UNSHOWN
