"""How many examples a fuzz test tries: few and always the same in the suite, many and kept in the profile `long`.

HYPOTHESIS_PROFILE=long takes FUZZ_EXAMPLES of each test (20,000 where nothing is said), and keeps what it learns in
`.hypothesis/`, which git ignores.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, settings

_Test = TypeVar("_Test", bound=Callable[..., object])
IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
_CHECKS = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large)


def fuzzed(examples: int) -> Callable[[_Test], _Test]:
    """Settings for a fuzz test that tries some `examples` in the suite."""
    most = int(os.environ.get("FUZZ_EXAMPLES", "20000"))
    if IS_LONG:
        return settings(max_examples=most, deadline=None, suppress_health_check=_CHECKS)
    return settings(max_examples=examples, suppress_health_check=_CHECKS)
