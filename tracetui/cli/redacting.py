"""The redactor of a command: imported and made only where one is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracetui.config import load_config

if TYPE_CHECKING:
    from tracetui.redaction import Redactor


def find_redactor(*, is_asked: bool, collects: bool = False) -> Redactor | None:
    """A redactor where the command asks for one or, where it `collects`, the configuration does. Raises as `get_redactor`."""
    return get_redactor() if is_asked or (collects and load_config().collect.redact) else None


def get_redactor() -> Redactor:
    """A redactor with the rules of the configuration. Raises WrongUse and MissingExtra."""
    from tracetui.redaction import make_redactor

    return make_redactor(load_config())
