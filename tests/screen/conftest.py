from __future__ import annotations

import shutil
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "sample_traces"


@pytest.fixture
def support_db(tmp_path: Path) -> Path:
    """A copy of the sample store."""
    return Path(shutil.copy(SAMPLES / "support.db", tmp_path / "support.db"))
