from __future__ import annotations

from pathlib import Path

import pytest

from tests.screen.program import copy_sample


@pytest.fixture
def support_db(tmp_path: Path) -> Path:
    """A copy of the sample store."""
    return copy_sample(tmp_path)
