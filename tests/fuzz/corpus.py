"""The inputs that are kept of each fuzz target: those that once reached what none before had reached. One ZIP a target."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path

KEPT = Path(__file__).parents[1] / "data" / "fuzz"
_DAY = (2026, 11, 26, 0, 0, 0)


def load_corpus(name: str) -> list[bytes]:
    """What is kept of a target; nothing where there is nothing yet."""
    path = KEPT / f"{name}.zip"
    if not path.is_file():
        return []
    with zipfile.ZipFile(path) as archive:
        return [archive.read(entry) for entry in archive.namelist()]


def save_corpus(name: str, inputs: Iterable[bytes], samples: Iterable[bytes], room: int) -> None:
    """Keep the inputs that are no samples, the smallest first, as many as there is room for, in compressed bytes."""
    known = set(samples) - set(load_corpus(name))
    KEPT.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(KEPT / f"{name}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for data in sorted(set(inputs) - known, key=lambda one: (len(one), one)):
            entry = zipfile.ZipInfo(hashlib.sha1(data).hexdigest(), _DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
            room -= archive.getinfo(entry.filename).compress_size + 150
            if room < 0:
                return
