"""The configuration file and the directories."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tracetui import config
from tracetui.config import Config, config_dir, load_config, parse_config, private_file
from tracetui.errors import WrongUse

FILE = Path("/home/me/.config/tracetui/config.toml")


def test_without_a_file_everything_has_its_default() -> None:
    found = load_config()
    assert found == Config()
    assert found.ui.rating_name == "user_rating"
    assert found.ui.theme is None


def test_the_file_in_the_configuration_directory_is_read() -> None:
    config.config_dir().mkdir(parents=True)
    (config.config_dir() / "config.toml").write_text('[ui]\ntheme = "nord"\nauthor = "ada"\n')
    assert load_config().ui == config.Ui(theme="nord", author="ada")


def test_every_section_can_be_set() -> None:
    found = parse_config(
        """
        [ui]
        rating_name = "quality"
        [keys]
        next_trace = "n"
        quit = ["q", "ctrl+q"]
        [[mapping]]
        file = "*.jsonl"
        trace_id = "request.id"
        [[mapping]]
        table = "llm_log"
        [prices]
        path = "prices.toml"
        [check]
        latency = 2
        thumbs = ["feedback"]
        """,
        FILE,
    )
    assert found.ui.rating_name == "quality"
    assert found.keys == {"next_trace": ("n",), "quit": ("q", "ctrl+q")}
    assert found.mappings == ({"file": "*.jsonl", "trace_id": "request.id"}, {"table": "llm_log"})
    assert found.prices.path == str(FILE.parent / "prices.toml")
    assert found.check == config.Check(latency=2, thumbs=("feedback",))


def test_the_price_file_may_be_in_the_home(empty_home: Path) -> None:
    assert parse_config('prices.path = "~/p.toml"', FILE).prices.path == str(empty_home / "p.toml")


REFUSED = [
    ('[ui]\nauthor = "me"\nthem = "x"', 'config.toml, line 3: unknown key "them" in [ui]: did you mean theme?'),
    ("[uii]\n", 'config.toml, line 1: unknown key "uii": did you mean ui?'),
    (
        "zzz = 1",
        'config.toml, line 1: unknown key "zzz": known are ui, keys, mapping, prices, check, collect, redaction, redact, sampling',
    ),
    ("[prices]\nqqq = 1", 'config.toml, line 2: unknown key "qqq" in [prices]: known are path'),
    ("[ui]\n\ntheme = 7", "config.toml, line 3: ui.theme must be text, not a number"),
    ("[ui]\nrating_name = true", "config.toml, line 2: ui.rating_name must be text, not true or false"),
    ('ui = "dark"', "config.toml, line 1: ui must be a table, not text"),
    ("[keys]\nquit = 3", "config.toml, line 2: keys.quit must be a key or a list of keys, in quotes"),
    ("[keys]\nquit = [3]", "config.toml, line 2: keys.quit must be a key or a list of keys, in quotes"),
    ("keys = 3", "config.toml, line 1: keys must be a table, not a number"),
    ("[mapping]\nx = 1", "config.toml, line 1: mapping must be a list, not a table"),
    ("[check]\nlatancy = 2", 'config.toml, line 2: unknown key "latancy" in [check]: did you mean latency?'),
    ("[check]\nlatency = -1", "config.toml, line 2: check.latency must not be below 0"),
    ("[check]\nconfidence = 95", "config.toml, line 2: check.confidence must be from 0.5 to below 1"),
    ('[check]\nlatency = "2x"', "config.toml, line 2: check.latency must be a number, not text"),
    ("[ui\n", "config.toml: is not valid TOML: Expected ']' at the end of a table declaration (at line 1, column 4)"),
    ('ui = {thema = "x"}', 'config.toml: unknown key "thema" in [ui]: did you mean theme?'),
]


@pytest.mark.parametrize(("text", "sentence"), REFUSED)
def test_what_does_not_exist_is_refused_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(WrongUse) as refused:
        parse_config(text, FILE)
    assert str(refused.value) == f"{FILE.parent}/{sentence}"


def test_a_named_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="there is no such configuration file"):
        load_config(tmp_path / "nothing.toml")


def test_a_directory_is_no_configuration_file(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="cannot be read: Is a directory"):
        load_config(tmp_path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_bytes(b'[ui]\ntheme = "\xff\xfe"')
    with pytest.raises(WrongUse, match="not UTF-8"):
        load_config(tmp_path / "c.toml")


@pytest.mark.parametrize("kind", ["config", "cache", "data", "state"])
def test_the_environment_places_each_directory(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"TRACETUI_{kind.upper()}_DIR", str(tmp_path / "elsewhere"))
    assert getattr(config, f"{kind}_dir")() == tmp_path / "elsewhere"


@pytest.mark.parametrize("kind", ["config", "cache", "data", "state"])
def test_else_it_is_in_the_home(kind: str, empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(f"TRACETUI_{kind.upper()}_DIR")
    place = getattr(config, f"{kind}_dir")()
    assert place.is_relative_to(empty_home)
    assert "tracetui" in place.parts


@pytest.mark.parametrize("kind", ["cache", "data", "state"])
def test_a_new_directory_is_private(kind: str) -> None:
    assert getattr(config, f"{kind}_dir")().stat().st_mode & 0o777 == 0o700


def test_directories_above_a_new_one_are_private_where_they_are_new(tmp_path: Path) -> None:
    config.private_dir(tmp_path / "a" / "b" / "c")
    assert [(tmp_path / place).stat().st_mode & 0o777 for place in ("a", "a/b", "a/b/c")] == [0o700] * 3


def test_a_directory_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert config.private_dir(tmp_path).stat().st_mode & 0o777 == 0o755


def test_reading_the_configuration_creates_nothing(empty_home: Path) -> None:
    load_config()
    assert list(empty_home.iterdir()) == []


def test_a_new_file_is_private_and_appended_to(tmp_path: Path) -> None:
    for line in ("one\n", "two\n"):
        with private_file(tmp_path / "log") as file:
            file.write(line)
    assert (tmp_path / "log").read_text() == "one\ntwo\n"
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


def test_importing_config_loads_neither_platformdirs_nor_toml() -> None:
    program = "import sys, tracetui.config; sys.exit(bool({'platformdirs', 'tomllib', 'difflib'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_example_of_the_documentation_is_read() -> None:
    page = (Path(__file__).parents[2] / "docs" / "config.md").read_text()
    found = parse_config(page.split("```toml\n")[1].split("```")[0], FILE)
    assert found.ui.author == "ada"
    assert found.keys["quit"] == ("q", "ctrl+q")
    assert len(found.mappings) == 1


def test_prices_in_the_configuration_directory_serve_where_no_others_are_named() -> None:
    assert load_config().prices.path is None
    own = config_dir() / "prices.toml"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text("")
    assert load_config().prices.path == str(own)
    (config_dir() / "config.toml").write_text('[prices]\npath = "other.toml"\n')
    assert load_config().prices.path == str(config_dir() / "other.toml")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("rate = 0", "sampling.rate must be above 0 and up to 1"),
        ("rate = 10", "sampling.rate must be above 0 and up to 1"),
        ("percentile = 100", "sampling.percentile must be from 50 to below 100"),
        ("window = 1", "sampling.window must be from 20 to 100000"),
    ],
)
def test_a_sample_that_cannot_be_is_refused(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "config.toml"
    with pytest.raises(WrongUse, match=f"line 2: {said}"):
        config.parse_config(f"[sampling]\n{line}\n", file)
