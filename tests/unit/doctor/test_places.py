"""Who else may read what is ours."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tracetui import config
from tracetui.doctor.places import judge_places, look_at_places

pytestmark = pytest.mark.usefixtures("usual_umask")


@pytest.fixture
def index() -> Path:
    """A file in the cache directory as tracetui makes it."""
    path = config.private_dir(config.cache_dir() / "index") / "a.index"
    with config.private_file(path) as file:
        file.write("x")
    return path


def test_what_is_not_there_is_nothing_to_say(empty_home: Path) -> None:
    places = look_at_places()
    assert [place.mode for place in places] == [None] * 4
    assert list(judge_places(places)) == []
    assert list(empty_home.iterdir()) == []


def test_what_tracetui_makes_is_private(index: Path) -> None:
    places = {place.kind: place for place in look_at_places()}
    assert (places["cache"].mode, places["cache"].files, places["cache"].bytes > 0) == ("0700", 1, True)
    assert list(judge_places(list(places.values()))) == []


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_that_others_can_read_is_said_with_the_command_that_mends_it(index: Path, mode: int) -> None:
    index.chmod(mode)
    (finding,) = judge_places(look_at_places())
    assert (finding.weight, finding.what[:4]) == ("mend", "1 of")
    assert finding.remedy == 'chmod -R go= "$TRACETUI_CACHE_DIR"'
    subprocess.run(finding.remedy, shell=True, check=True)
    assert list(judge_places(look_at_places())) == []


def test_a_directory_that_others_can_read_is_said(index: Path) -> None:
    index.parent.chmod(0o755)
    config.cache_dir().chmod(0o755)
    (finding,) = judge_places(look_at_places())
    assert finding.what.startswith("2 of")


def test_the_configuration_may_be_read_but_not_changed_by_others() -> None:
    folder = config.config_dir()
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("")
    assert list(judge_places(look_at_places())) == []
    (folder / "config.toml").chmod(0o666)
    (finding,) = judge_places(look_at_places())
    assert (finding.weight, "changed by other users" in finding.what) == ("mend", True)
