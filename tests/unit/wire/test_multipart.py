from __future__ import annotations

import subprocess
import sys

import pytest

from tracetui.wire.multipart import read_parts
from tracetui.wire.otlp_request import BadRequest

KIND = "multipart/form-data; boundary=x"


@pytest.mark.parametrize("body", [b"{not a part", b"--y\r\n", b"--x\r\nna:me\r\n", b"--x\r\n\x00: a\r\n\r\n"])
def test_a_damaged_body_is_refused_and_nothing_of_it_is_logged(body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(BadRequest):
        read_parts(body, KIND)
    assert caplog.records == []


def test_without_a_logging_of_its_own_a_program_prints_nothing_either() -> None:
    code = f"from tracetui.wire.multipart import read_parts\ntry: read_parts(b'nonsense', {KIND!r})\nexcept Exception: pass"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert (ended.stdout, ended.stderr) == (b"", b"")
