"""What opening a file must not wait for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_PROGRAM = """
import sys
from pathlib import Path
from tracetui.workspace.opening import open_source
from tracetui.sources.transcript_json import decoder_of
from tracetui.wire import otlp_json

open_source(Path(sys.argv[1]))
made = decoder_of.cache_info().currsize + otlp_json._requests.cache_info().currsize
print(made, *sorted({"email", "statistics"} & set(sys.modules)))
"""


def test_a_hand_rolled_file_is_opened_without_what_only_other_formats_need(tmp_path: Path) -> None:
    """No decoder of a foreign format is made, and no library loaded that only rare values need."""
    line = '{"ts": "2026-11-20T10:00:00Z", "model": "m", "prompt": "At 10:00, now: hello", "latency_ms": 5}\n'
    path = tmp_path / "log.jsonl"
    path.write_text(line * 20)
    done = subprocess.run([sys.executable, "-c", _PROGRAM, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0"]
