"""The configuration file `config.toml`, and every directory that tracetui uses.

An unknown key is refused with the nearest one named, a wrong type names its key, and both say the line: a setting
that silently does nothing is worse than none. docs/config.md explains the file to users.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Literal, get_type_hints

import msgspec
from msgspec import Struct, field

from tracetui.errors import WrongUse
from tracetui.model import Json


class Ui(Struct, frozen=True):
    """Section `[ui]`: the theme's name, which signs are drawn, who rates, and the name under which a rating is saved.

    Without a theme the terminal is asked whether it is light or dark. `auto` glyphs are ASCII where the locale is not
    one of UTF-8.
    """

    theme: str | None = None
    glyphs: Literal["auto", "unicode", "ascii"] = "auto"
    author: str | None = None
    rating_name: str = "user_rating"


class Prices(Struct, frozen=True):
    """Section `[prices]`: an absolute path of the user's own prices (see docs/prices.md), or None."""

    path: str | None = None


class Check(Struct, frozen=True):
    """Section `[check]`: what `tracetui check` calls a regression; docs/check.md explains each.

    `error_rate`, `latency`, `thumbs_down_rate`, `cost`, `tokens` and `tool_failure_rate` are how many times the baseline
    is too much, `refusal_rate` is a share, `score_drop` the part of the baseline's mean that may be lost; 0 switches a
    check off. `thumbs` are the scores that are thumbs or stars, `lower_is_better` those of which less is better.
    """

    error_rate: float = 1.5
    latency: float = 1.5
    refusal_rate: float = 0.05
    thumbs_down_rate: float = 1.5
    score_drop: float = 0.1
    cost: float = 1.5
    tokens: float = 1.5
    tool_failure_rate: float = 1.5
    least: int = 10
    confidence: float = 0.98
    thumbs: tuple[str, ...] = ()
    lower_is_better: tuple[str, ...] = ()


class Collect(Struct, frozen=True):
    """Section `[collect]`: whether what is collected is always redacted before it is written, as with `--redact`."""

    redact: bool = False


class Redaction(Struct, frozen=True):
    """Section `[redaction]`: rules that are switched off by name, and whether names of people are looked for, in which
    language (needs the extra `pii`). docs/redaction.md."""

    off: tuple[str, ...] = ()
    names: bool = False
    language: str = "en"


class RedactRule(Struct, frozen=True):
    """A table `[[redact]]`: what to take out, and what to put there (`[NAME]` where nothing is said).

    `fields` are paths of keys, such as `metadata.customer` or `input`; without any the rule looks everywhere.
    """

    regex: str
    name: str = ""
    replacement: str | None = None
    fields: tuple[str, ...] = ()


class Sampling(Struct, frozen=True):
    """Section `[sampling]`: what is kept of the traces that do not stay for a reason of their own (docs/sampling.md).

    `rate` is the share that a collector keeps of the rest, above 0 and up to 1; 1 keeps everything. `percentile` of the last
    `window` traces is what the costliest and the slowest are above.
    """

    rate: float = 1.0
    percentile: float = 95.0
    window: int = 1000


class Config(Struct, frozen=True):
    """What `config.toml` says, with defaults for what it does not.

    `keys` has the keys of each remapped action. `mappings` are the `[[mapping]]` tables as they stand; what is in
    them is the business of the sources. `redact` are the user's own rules of redaction.
    """

    ui: Ui = Ui()
    keys: dict[str, tuple[str, ...]] = {}
    mappings: tuple[dict[str, Json], ...] = field(default=(), name="mapping")
    prices: Prices = Prices()
    check: Check = Check()
    collect: Collect = Collect()
    redaction: Redaction = Redaction()
    redact: tuple[RedactRule, ...] = ()
    sampling: Sampling = Sampling()


def load_config(path: Path | None = None) -> Config:
    """Read the configuration from `path`, or from `config.toml` in the configuration directory if there is one.

    Raises WrongUse, naming file, line and key, where the file cannot be read or says something that does not exist.
    """
    file = config_dir() / "config.toml" if path is None else path
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        if path is None:
            return _with_own_prices(Config())
        raise WrongUse(f"{file}: there is no such configuration file") from None
    except OSError as error:
        raise WrongUse(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise WrongUse(f"{file}: is not UTF-8 text, as TOML has to be") from None
    config = parse_config(text, file)
    return _with_own_prices(config) if path is None else config


def _with_own_prices(config: Config) -> Config:
    """`prices.toml` in the configuration directory serves where no other file is named."""
    own = config_dir() / "prices.toml"
    if config.prices.path is not None or not own.is_file():
        return config
    return msgspec.structs.replace(config, prices=Prices(str(own)))


def parse_config(text: str, file: Path) -> Config:
    """Turn the text of a configuration file into a Config; `file` is for messages and for relative paths.

    Raises WrongUse.
    """
    import tomllib

    try:
        tables = tomllib.loads(text)
    except ValueError as error:
        raise WrongUse(f"{file}: is not valid TOML: {error}") from None
    except RecursionError:
        raise WrongUse(f"{file}: is nested too deeply to be read") from None
    _refuse_unknown_keys(tables, Config, "", text, file)
    try:
        config = msgspec.convert(_with_lists_of_keys(tables, text, file), Config)
    except msgspec.ValidationError as error:
        raise WrongUse(_explain_wrong_type(str(error), text, file)) from None
    _refuse_impossible_limits(config.check, text, file)
    _refuse_impossible_sampling(config.sampling, text, file)
    if config.prices.path is None:
        return config
    prices = (file.parent / Path(config.prices.path).expanduser()).absolute()
    return msgspec.structs.replace(config, prices=Prices(str(prices)))


def _refuse_impossible_limits(check: Check, text: str, file: Path) -> None:
    """Limits that no number can be held to."""
    for key in Check.__struct_fields__:
        value = getattr(check, key)
        if key == "confidence":
            if not 0.5 <= value < 1:
                raise WrongUse(f"{file}{_line(text, 'check', key)}: check.confidence must be from 0.5 to below 1")
        elif isinstance(value, int | float) and not 0 <= value < float("inf"):
            raise WrongUse(f"{file}{_line(text, 'check', key)}: check.{key} must not be below 0")


def parse_rate(text: str) -> float:
    """The share that `10%` or `0.1` is: above 0, up to 1. Raises WrongUse."""
    number, is_percent = (text[:-1], True) if text.endswith("%") else (text, False)
    try:
        rate = float(number) / (100 if is_percent else 1)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= 1:
        raise WrongUse(
            f'--sample: "{text}" is no share of traces; write one above 0 and up to 100%, such as 10% or 0.1'
        )
    return rate


_POSSIBLE: dict[str, tuple[str, Callable[[float], bool]]] = {
    "rate": ("above 0 and up to 1", lambda value: 0 < value <= 1),
    "percentile": ("from 50 to below 100", lambda value: 50 <= value < 100),
    "window": ("from 20 to 100000", lambda value: 20 <= value <= 100_000),
}


def _refuse_impossible_sampling(sampling: Sampling, text: str, file: Path) -> None:
    for key, (said, is_possible) in _POSSIBLE.items():
        if not is_possible(getattr(sampling, key)):
            raise WrongUse(f"{file}{_line(text, 'sampling', key)}: sampling.{key} must be {said}")


def _with_lists_of_keys(tables: dict[str, Any], text: str, file: Path) -> dict[str, Any]:
    """`action = "key"` means `action = ["key"]`."""
    keys = tables.get("keys")
    if not isinstance(keys, dict):
        return tables
    lists = {action: [key] if isinstance(key, str) else key for action, key in keys.items()}
    for action, wanted in lists.items():
        if not isinstance(wanted, list) or not all(isinstance(key, str) for key in wanted):
            raise WrongUse(
                f"{file}{_line(text, 'keys', action)}: keys.{action} must be a key or a list of keys, in quotes"
            )
    return {**tables, "keys": lists}


def _refuse_unknown_keys(table: dict[str, Any], struct: type[Struct], section: str, text: str, file: Path) -> None:
    known = {field.encode_name: field.name for field in msgspec.structs.fields(struct)}
    types = get_type_hints(struct)
    for key, value in table.items():
        if key not in known:
            raise WrongUse(_explain_unknown_key(key, list(known), section, text, file))
        inner = types[known[key]]
        if inner == tuple[RedactRule, ...] and isinstance(value, list):
            for each in value:
                if isinstance(each, dict):
                    _refuse_unknown_keys(each, RedactRule, key, text, file)
        if isinstance(value, dict) and isinstance(inner, type) and issubclass(inner, Struct):
            _refuse_unknown_keys(value, inner, key, text, file)


def _explain_unknown_key(key: str, known: list[str], section: str, text: str, file: Path) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, known, 1, 0.5)
    place = f" in [{section}]" if section else ""
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
    return f'{file}{_line(text, section, key)}: unknown key "{key}"{place}: {hint}'


_WRONG_TYPE = re.compile(r"Expected `(?P<wanted>[^`]+)`, got `(?P<got>[^`]+)`(?: - at `\$\.?(?P<path>.*)`)?$")
_TYPE_NAMES = {
    "str": "text", "int": "a number", "float": "a number", "bool": "true or false", "object": "a table",
    "array": "a list", "null": "nothing",
}  # fmt: skip


def _explain_wrong_type(error: str, text: str, file: Path) -> str:
    """Say in the file's own terms what msgspec found."""
    match = _WRONG_TYPE.match(error)
    if match is None:
        return f"{file}: {error}"
    path = match["path"] or ""
    section, _, key = path.rpartition(".")
    wanted = " or ".join(_TYPE_NAMES.get(name, name) for name in match["wanted"].split(" | ") if name != "null")
    got = _TYPE_NAMES.get(match["got"], match["got"])
    return f"{file}{_line(text, section, key.partition('[')[0])}: {path} must be {wanted}, not {got}"


_HEADER = re.compile(r"\s*\[+\s*([\w.-]+)\s*\]+")


def _line(text: str, section: str, key: str) -> str:
    """`, line 7` where `key` of `section`, or the section `key`, stands in the file; nothing where it is not found."""
    assignment = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]")
    current = ""
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header:
            current = header[1]
        if (header and not section and current == key) or (current == section and assignment.match(line)):
            return f", line {number}"
    return ""


def config_dir() -> Path:
    """Where `config.toml` is looked for. It is the user's: tracetui does not create it."""
    return _directory("CONFIG")


def cache_dir() -> Path:
    """Where indexes of foreign sources are kept; may be deleted at any time. Created; raises OSError."""
    return private_dir(_directory("CACHE"))


def data_dir() -> Path:
    """Where scores of read-only sources are kept. Created; raises OSError."""
    return private_dir(_directory("DATA"))


def state_dir() -> Path:
    """Where logs of crashes and what the screen remembers are kept. Created; raises OSError."""
    return private_dir(_directory("STATE"))


def own_dirs() -> tuple[Path, ...]:
    """The directories that hold what is tracetui's own and no traces of a user; they need not be there."""
    return tuple(_directory(kind) for kind in ("CONFIG", "CACHE", "DATA", "STATE"))


def _directory(kind: str) -> Path:
    override = os.environ.get(f"TRACETUI_{kind}_DIR")
    if override:
        return Path(override).expanduser().absolute()
    import platformdirs

    return Path(getattr(platformdirs, f"user_{kind.lower()}_dir")("tracetui", appauthor=False))


def private_dir(path: Path) -> Path:
    """Make sure that the directory is there; where it, or one above it, is new, only its owner may look into it (0700)."""
    if not path.is_dir():
        private_dir(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
    return path


def private_file(path: Path, mode: str = "a") -> IO[str]:
    """Open a text file for writing which, where it is new, only its owner may read (0600). Raises OSError."""
    return open(path, mode, encoding="utf-8", opener=_open_private)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)
