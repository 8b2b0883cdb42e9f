"""How fast prompts are redacted, and what it costs where it is off.

python -m benchmarks.redaction [MEGABYTES]        (default: 100)
"""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path

from tracetui.config import Config
from tracetui.redaction import make_redactor

DOCS = Path(__file__).parent.parent / "docs"
PROMPT = 4_000


def write_prompt(rng: random.Random, words: list[str]) -> str:
    """Words of the docs with numbers, times and floats among them, and about two things to redact."""
    parts: list[str] = []
    length = 0
    while length < PROMPT:
        drawn = rng.random()
        if drawn < 0.003:
            part = f"user{rng.randrange(999)}@example.com"
        elif drawn < 0.006:
            part = f"+1 415-555-{rng.randrange(10_000):04}"
        elif drawn < 0.03:
            part = str(rng.randrange(10 ** rng.randrange(1, 12)))
        elif drawn < 0.04:
            part = f"2026-11-20T10:{rng.randrange(60):02}:00Z"
        else:
            part = rng.choice(words)
        parts.append(part)
        length += len(part) + 1
    return " ".join(parts)


def main() -> None:
    """Print megabytes a second of processor time, for plain prompts and for messages as JSON text."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    rng = random.Random(1)
    words = " ".join(path.read_text() for path in sorted(DOCS.glob("*.md"))).split()
    prompts = [write_prompt(rng, words) for _ in range(500)]
    messages = [
        json.dumps([{"role": "user", "content": prompt}, {"role": "assistant", "content": "ok"}]) for prompt in prompts
    ]
    for name, texts in (("prompts", prompts), ("messages as JSON text", messages)):
        redactor = make_redactor(Config())
        done, begin = 0, time.process_time()
        while done < megabytes * 1_000_000:
            for text in texts:
                redactor.redact({"gen_ai.input.messages": text})
                done += len(text)
        seconds = time.process_time() - begin
        print(f"{name}: {done / seconds / 1e6:.1f} MB/s, {redactor.total:,} redacted in {done / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
