"""What is installed: Python, SQLite and what it can do, the packages that tracetui needs, and its extras."""

from __future__ import annotations

import platform
import re
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata

from msgspec import Struct

from tracetui import __version__
from tracetui.doctor.findings import Finding
from tracetui.store.abilities import Ability, sqlite_version, try_abilities

_REQUIREMENT = re.compile(r"^(?P<name>[\w.-]+)(?:\[(?P<extras>[\w, -]+)\])?(?P<range>[^;]*)(?:;(?P<marker>.*))?$")
_EXTRA = re.compile(r"extra\s*==\s*['\"]([\w-]+)['\"]")
_PYTHON = re.compile(r"python_version\s*(<|>=)\s*['\"]([\d.]+)['\"]")
_ORDER: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    ">=": lambda one, other: one >= other,
    "<=": lambda one, other: one <= other,
    "==": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    ">": lambda one, other: one > other,
}


class Package(Struct, frozen=True):
    """A package that is needed, always or for an extra; `version` is None where it is not installed."""

    name: str
    version: str | None
    wanted: str
    extra: str | None = None
    fits: bool = True


class Versions(Struct, frozen=True):
    """`abilities` is what SQLite can do; `extras` says of each whether all of its packages are there and fit."""

    tracetui: str
    python: str
    sqlite: str
    system: str
    packages: tuple[Package, ...]
    abilities: tuple[Ability, ...]
    extras: dict[str, bool]


def look_at_versions() -> Versions:
    """Ask the installed packages for their versions; nothing of them is loaded."""
    packages = tuple(read_requirements(_requirements(), installed_version, platform.python_version()))
    return Versions(
        __version__,
        f"{platform.python_version()} ({platform.python_implementation()})",
        sqlite_version(),
        f"{platform.system()} {platform.release()} {platform.machine()}",
        packages,
        tuple(try_abilities()),
        _extras(packages),
    )


def judge_versions(versions: Versions) -> Iterator[Finding]:
    """What is missing of what tracetui cannot do without."""
    for ability in versions.abilities:
        if not ability.works:
            what = f"SQLite {versions.sqlite} lacks {ability.name}, which came with {ability.since}"
            yield Finding("versions", "mend", what, "use a newer Python, or one that was built with a newer SQLite")
    if not versions.packages:
        yield Finding("versions", "note", "tracetui runs without being installed, so its dependencies are not known")
    for package in versions.packages:
        if package.extra is None and (package.version is None or not package.fits):
            had = "is not installed" if package.version is None else f"is of version {package.version}"
            remedy = f'pip install "{package.name}{package.wanted}"'
            yield Finding("versions", "mend", f"{package.name} {had}, and {package.wanted} is needed", remedy)
        elif package.version is not None and not package.fits:
            what = (
                f"{package.name} is of version {package.version}, and the extra {package.extra} needs {package.wanted}"
            )
            yield Finding("versions", "note", what, f'pip install "tracetui[{package.extra}]"')


def _requirements() -> list[str]:
    try:
        return metadata.requires("tracetui") or []
    except metadata.PackageNotFoundError:
        return []


def installed_version(name: str) -> str | None:
    """The version of an installed package, or None."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def read_requirements(lines: Iterable[str], version_of: Callable[[str], str | None], python: str) -> Iterator[Package]:
    """The packages that requirement lines (`name<9,>=8; extra == "x"`) ask for; `tracetui[x]` and what is not for this
    Python are left out."""
    for line in lines:
        found = _REQUIREMENT.match(line.strip())
        if found is None or found["name"] == "tracetui" or not _is_for(found["marker"] or "", python):
            continue
        extra = _EXTRA.search(found["marker"] or "")
        wanted, version = found["range"].strip(), version_of(found["name"])
        fits = version is not None and fits_range(version, wanted)
        yield Package(found["name"], version, wanted, extra[1] if extra else None, fits)


def fits_range(version: str, wanted: str) -> bool:
    """Whether a version lies in a range such as `<9,>=8.2`; only the numbers of a version are looked at."""
    numbers = _numbers(version)
    for term in filter(None, (term.strip() for term in wanted.split(","))):
        sign = next((sign for sign in _ORDER if term.startswith(sign)), None)
        if sign is None:
            continue
        other = _numbers(term[len(sign) :])
        width = max(len(numbers), len(other))
        if not _ORDER[sign](_padded(numbers, width), _padded(other, width)):
            return False
    return True


def _is_for(marker: str, python: str) -> bool:
    asked = _PYTHON.search(marker)
    return asked is None or fits_range(".".join(python.split(".")[:2]), f"{asked[1]}{asked[2]}")


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"[\d.]*", version.strip())
    return tuple(int(part) for part in (found[0] if found else "").split(".") if part)


def _padded(numbers: tuple[int, ...], width: int) -> tuple[int, ...]:
    return numbers + (0,) * (width - len(numbers))


def _extras(packages: Iterable[Package]) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for package in packages:
        if package.extra is not None:
            found[package.extra] = found.get(package.extra, True) and package.version is not None and package.fits
    if "grpc" in found:
        found["grpc"] = found["grpc"] and found.get("collect", True)
    return found
