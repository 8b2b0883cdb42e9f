"""Which packages are wanted, and whether those that are there will do."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tracetui.doctor.versions import Package, fits_range, judge_versions, look_at_versions, read_requirements

LINES = [
    "click>=8.1",
    "textual<9,>=8.2",
    "backports-zstd>=1.0; python_version < '3.14'",
    "grpcio>=1.66; extra == 'grpc'",
    "tracetui[collect]; extra == 'grpc'",
]
INSTALLED = {"click": "8.5.1", "textual": "9.0.1", "backports-zstd": "1.2"}


@pytest.mark.parametrize(
    ("version", "wanted", "fits"),
    [
        ("8.2.8", "<9,>=8.2", True),
        ("9.0", "<9,>=8.2", False),
        ("8.10", ">=8.2", True),
        ("8.2", ">=8.2.0", True),
        ("1.0rc1", ">=1.0", True),
        ("2.0", "!=2.0", False),
        ("2.0", "", True),
    ],
)
def test_a_version_lies_in_a_range_or_not(version: str, wanted: str, fits: bool) -> None:
    assert fits_range(version, wanted) is fits


def test_each_requirement_is_a_package_with_the_extra_that_wants_it() -> None:
    assert list(read_requirements(LINES, INSTALLED.get, "3.14.0")) == [
        Package("click", "8.5.1", ">=8.1"),
        Package("textual", "9.0.1", "<9,>=8.2", fits=False),
        Package("grpcio", None, ">=1.66", "grpc", fits=False),
    ]
    assert len(list(read_requirements(LINES, INSTALLED.get, "3.11.7"))) == 4


def test_a_needed_package_that_does_not_fit_has_to_be_mended_and_an_extra_that_is_missing_not() -> None:
    packages = tuple(read_requirements(LINES, INSTALLED.get, "3.14.0"))
    (finding,) = judge_versions(replace(look_at_versions(), packages=packages))
    assert finding.weight == "mend"
    assert finding.what == "textual is of version 9.0.1, and <9,>=8.2 is needed"


def test_a_feature_that_sqlite_lacks_has_to_be_mended() -> None:
    versions = look_at_versions()
    assert all(ability.works for ability in versions.abilities)
    lacking = tuple(replace(ability, works=False) for ability in versions.abilities[:1])
    (finding,) = judge_versions(replace(versions, abilities=lacking))
    assert (finding.weight, "lacks json" in finding.what) == ("mend", True)
