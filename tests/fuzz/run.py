"""Fuzz targets guided by coverage: `python -m tests.fuzz.run --seconds 60 [TARGET…]`. Needs atheris, see the Makefile.

Each target runs in a process of its own, from its samples and the corpus that is kept (`tests/data/fuzz`). What fails is
written to the folder of findings, once for each place in the code, and the run goes on; it ends with 1 where there was any.
With `--keep` the inputs that reached something new are added to the corpus, the smallest of them.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import os
import pkgutil
import random
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

from tests.fuzz.corpus import KEPT, load_corpus, save_corpus

FINDINGS = Path(".fuzz")
_LONGEST = 40_000
_ROOMS = ("sources", "wire", "semconv", "store", "query", "pricing", "redaction", "collector", "workspace")
_SENT = ("redaction", "collector")
_OF_FILES = ("sqlite-", "parquet", "gzip", "transcripts", "exports", "handrolled", "archives")
"""Targets that read files: nothing is sent to them, and a minute is saved by not looking at what would be."""


def place_of(error: BaseException) -> str:
    """A short name of where in our code an error came from."""
    frames = [
        f for f in traceback.extract_tb(error.__traceback__) if "tracetui" in f.filename and "/tests/" not in f.filename
    ]
    where = frames[-1] if frames else traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}-{Path(where.filename).stem}-{where.name}-{where.lineno}"


def import_all(room: str) -> None:
    """Import each module of a room of the program: what is imported later is not watched."""
    package = importlib.import_module(f"tracetui.{room}")
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(found.name)


def fuzz(name: str, words: list[str], findings: Path) -> None:
    """Run one target in this process; does not return."""
    import atheris

    with atheris.instrument_imports(include=["tracetui"]):
        for room in _ROOMS:
            if room not in _SENT or not name.startswith(_OF_FILES):
                import_all(room)
        from tests.fuzz.targets import TARGETS
    from tests.fuzz.mutate import changed
    from tracetui.workspace import formats

    # In the program a format that stumbles does not know the file; here it is to be seen.
    formats._recognises = lambda row, head: bool(row.load().recognise(head))
    run, seen, recent = TARGETS[name].run, set[str](), [b"{}"]

    def one(data: bytes) -> None:
        try:
            run(data)
        except Exception as error:  # noqa: BLE001  whatever it is, it is what is looked for
            place = place_of(error)
            if place not in seen:
                seen.add(place)
                findings.mkdir(parents=True, exist_ok=True)
                base = findings / f"{name}-{place}"
                if not base.exists():
                    base.write_bytes(data)
                    base.with_name(f"{base.name}.txt").write_text(traceback.format_exc())
                    print(f"FOUND {name}: {place}", flush=True)

    def mutator(data: bytes, most: int, seed: int) -> bytes:
        chance = random.Random(seed)
        if chance.randrange(3):
            made = changed(data, chance, lambda: chance.choice(recent), TARGETS[name].head)
            if made is not None:
                recent[:] = [*recent[-50:], data]
                return made[:most]
        return bytes(atheris.Mutate(data, most))

    atheris.Setup([sys.argv[0], *words], one, custom_mutator=mutator)
    atheris.Fuzz()


def begin(name: str, seconds: int, is_kept: bool, findings: Path) -> None:
    """Run one target in a process of its own, from its samples and what is kept of it."""
    from tests.fuzz.targets import TARGETS

    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="tracetui-fuzz-", dir=shared if shared.is_dir() else None) as place:
        seeds, grown, work = (Path(place, part) for part in ("seeds", "grown", "work"))
        for part in (seeds, grown, work):
            part.mkdir()
        for data in [*TARGETS[name].seeds(), *load_corpus(name)]:
            seeds.joinpath(hashlib.sha1(data).hexdigest()).write_bytes(data)
        common = [sys.executable, "-m", "tests.fuzz.run", "--child", name, "--findings", str(findings)]
        limits = [
            f"-max_len={_LONGEST}",
            "-timeout=20",
            "-rss_limit_mb=3000",
            "-print_final_stats=1",
            f"-artifact_prefix={findings}/{name}-",
        ]
        findings.mkdir(parents=True, exist_ok=True)
        ended = subprocess.run(
            [*common, "--", *limits, f"-max_total_time={seconds}", str(grown), str(seeds)],
            env={**os.environ, "FUZZ_FOLDER": str(work)},
            check=False,
        )
        print(f"=== {name}: ended with {ended.returncode}", flush=True)
        if is_kept:
            found = [path.read_bytes() for path in grown.iterdir()]
            save_corpus(
                name, [*load_corpus(name), *found], [path.read_bytes() for path in seeds.iterdir()], TARGETS[name].room
            )


def main() -> int:
    """Fuzz the named targets, or all of them, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--keep", action="store_true", help=f"add to the corpus in {KEPT}")
    parser.add_argument("--findings", type=Path, default=FINDINGS)
    parser.add_argument("--child")
    asked, words = parser.parse_known_args([word for word in sys.argv[1:] if word != "--"])
    if asked.child:
        fuzz(asked.child, [*words, *asked.targets], asked.findings)
    from tests.fuzz.targets import TARGETS

    for name in asked.targets or TARGETS:
        begin(name, asked.seconds, asked.keep, asked.findings)
    found = sorted(path.name for path in asked.findings.iterdir()) if asked.findings.is_dir() else []
    print("\n".join(found) or "nothing was found")
    return 1 if found else 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    sys.exit(main())
