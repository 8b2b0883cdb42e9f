"""Ten thousand levels of JSON in every text of another tool's database cost what stands there, and nothing else."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from tests.formats.source_reading import read_source
from tests.formats.store_samples import SAMPLES, Sample, run_here, tables_in
from tracetui.errors import TracetuiError

DEEP = "[" * 10_000 + "]" * 10_000
OPEN = '{"a":' * 10_000


@pytest.mark.parametrize("text", [DEEP, OPEN], ids=["closed", "open"])
@pytest.mark.parametrize("name", SAMPLES)
def test_ten_thousand_levels_in_a_cell_are_passed_over(name: str, text: str, tmp_path: Path) -> None:
    sample: Sample = SAMPLES[name]
    path = sample.unpack(tmp_path)
    for table, columns in tables_in(path).items():
        for column in columns:
            # Promptfoo's own indices over JSON refuse some of it.
            with contextlib.suppress(sqlite3.OperationalError):
                run_here(
                    path,
                    f'UPDATE OR IGNORE "{table}" SET "{column}" = \'{text}\''
                    f" WHERE typeof(\"{column}\") IN ('text', 'blob') AND substr(\"{column}\", 1, 1) IN ('{{', '[')",
                )
    source = sample.open(path)
    reading = read_source(source)
    for key, span in list(reading.spans.items())[:20]:
        try:
            source.payload(span, reading.references[key])
        except TracetuiError as error:
            assert str(error)
