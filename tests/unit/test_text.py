"""Text made inert, measured, cut and formatted."""

from __future__ import annotations

import subprocess
import sys
import time
import unicodedata

import pytest

from tracetui.model import KINDS, STATUSES
from tracetui.text import (
    ASCII_GLYPHS,
    ASCII_STATUS_GLYPHS,
    GLYPHS,
    STATUS_GLYPHS,
    ago,
    cell_width,
    clock,
    count,
    duration,
    fit,
    inert,
    iso,
    middle,
    money,
    percent,
    size,
    speaks_unicode,
    to_ascii,
    tokens,
    wrap_cells,
)

HOSTILE = [
    ("\x1b]0;owned\x07", "␛]0;owned␇"),
    ("\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\", "␛]8;;http://evil␛\\click␛]8;;␛\\"),
    ("\x1b]52;c;cm0gLXJm\x07", "␛]52;c;cm0gLXJm␇"),
    ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
    ("\x9b31mred", "<9B>31mred"),
    ("\x9d0;title\x9c", "<9D>0;title<9C>"),
    ("safe\rEVIL", "safe␍EVIL"),
    ("abc\b\b\bxyz", "abc␈␈␈xyz"),
    ("a\x7fb", "a␡b"),
    ("nul\x00byte", "nul␀byte"),
    ("file\u202egnp.exe", "file<U+202E>gnp.exe"),
    ("a\u2066b\u2069c", "a<U+2066>b<U+2069>c"),
    ("a\u200eb\u200fc\u061cd", "a<U+200E>b<U+200F>c<U+061C>d"),
    ("zero\u200bwidth\ufeff", "zero<U+200B>width<U+FEFF>"),
    ("word\u2060joiner", "word<U+2060>joiner"),
    ("hi\U000e0041\U000e007f", "hi<U+E0041><U+E007F>"),
    ("soft\xadhyphen", "soft<AD>hyphen"),
    ("a\u3164b", "a<U+3164>b"),
    ("data\ufe00\U000e0101", "data<U+FE00><U+E0101>"),
    ("not\u200djoined", "not<U+200D>joined"),
    ("line\u2028sep\u2029par\x85nel", "line<U+2028>sep<U+2029>par<85>nel"),
    ("lone \ud800 surrogate \udfff", "lone \ufffd surrogate \ufffd"),
    ("a\tb", "a   b"),
    ("漢\tb", "漢  b"),
    ("one\ntwo\r\nthree", "one↵two↵three"),
    ("[red]markup[/red]", "[red]markup[/red]"),
    ("\u0301on the frame", "◌\u0301on the frame"),
    ("z" + "\u0300" * 10, "z" + "\u0300" * 4 + "<+6 marks>"),
]


@pytest.mark.parametrize(("text", "shown"), HOSTILE)
def test_hostile_text_is_shown_and_does_nothing(text: str, shown: str) -> None:
    assert inert(text) == shown


EMOJI = [
    ("\U0001f469\u200d\U0001f4bb", "\U0001f469\U0001f4bb"),
    ("\u2764\ufe0f\u200d\U0001f525", "\u2764\U0001f525"),
    ("\u26a0\ufe0f careful", "\u26a0 careful"),
    ("\U0001f44d\U0001f3fd", "\U0001f44d"),
    ("\U0001f1ec\U0001f1e7", "\U0001f136\U0001f131"),
    ("1\ufe0f\u20e3", "1\u20e3"),
    ("x\U0001f3fd", "x<U+1F3FD>"),
    ("\u26a0\ufe0f\ufe0f", "\u26a0<U+FE0F>"),
    ("1\u200d2", "1<U+200D>2"),
    ("\u200d\U0001f525", "<U+200D>\U0001f525"),
    ("\ufe0f", "<U+FE0F>"),
]


@pytest.mark.parametrize(("text", "shown"), EMOJI)
def test_an_emoji_sequence_becomes_characters_whose_widths_add_up(text: str, shown: str) -> None:
    assert inert(text) == shown


def test_a_non_joiner_inside_persian_is_text() -> None:
    assert inert("می\u200cخواهم") == "می\u200cخواهم"


def test_a_joiner_inside_sinhala_is_left_out() -> None:
    assert inert("ශ්\u200dරී") == "ශ්රී"


@pytest.mark.parametrize(
    ("text", "shown"), [("a\nb", "a\nb"), ("a\r\nb", "a\nb"), ("a\rb", "a␍b"), ("\t\na\tb", "    \na   b")]
)
def test_newlines_can_be_kept(text: str, shown: str) -> None:
    assert inert(text, keep_newlines=True) == shown


def test_a_mark_at_the_start_of_a_kept_line_gets_a_seat() -> None:
    assert inert("é\n\u0301x", keep_newlines=True) == "é\n◌\u0301x"


@pytest.mark.parametrize("text", ["", "plain", "漢字 and ünïcödé", "⚠ 👍", "e\u0301"])
def test_harmless_text_is_returned_as_the_same_object(text: str) -> None:
    assert inert(text) is text


def test_no_character_that_acts_or_hides_passes() -> None:
    """Each code point on its own, between letters."""
    for code in range(0x110000):
        character = chr(code)
        if unicodedata.category(character) in ("Cc", "Cf", "Cs"):
            assert character not in inert(f"a{character}a"), f"U+{code:04X}"
            assert character not in inert(f"a{character}a\n", keep_newlines=True) or character == "\n", f"U+{code:04X}"


def test_widths_agree_with_rich_on_every_character_that_passes() -> None:
    from rich.cells import get_character_cell_size

    wrong = [
        hex(code)
        for code in [*range(0x20, 0x3400), *range(0xA000, 0xABFF), *range(0xF900, 0x10000), *range(0x1F000, 0x20010)]
        if inert(chr(code)) == chr(code) and cell_width(chr(code)) != get_character_cell_size(chr(code))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "width"),
    [("", 0), ("abc", 3), ("漢字", 4), ("e\u0301", 1), ("👍", 2), ("⚠", 1), ("…–≥", 3), ("ｆｕｌｌ", 8), ("한글", 4)],
)
def test_width_is_in_cells(text: str, width: int) -> None:
    assert cell_width(text) == width


def test_a_terminal_advances_as_far_as_the_width_says() -> None:
    """pyte stands for a terminal that knows characters but no emoji sequences."""
    import pyte

    for text, _ in [*HOSTILE, *EMOJI]:
        screen = pyte.Screen(80, 2)
        pyte.Stream(screen).feed(inert(text))
        assert screen.cursor.x <= cell_width(inert(text)), text
        assert screen.cursor.y == 0


FITS = [
    ("abc", 5, "<", "abc  "), ("abc", 5, ">", "  abc"), ("abc", 6, "^", " abc  "), ("abc", 3, "<", "abc"),
    ("abcdef", 4, "<", "abc…"), ("abcdef", 4, ">", "abc…"), ("abcdef", 1, "<", "…"), ("abcdef", 0, "<", ""),
    ("漢字漢字", 5, "<", "漢字…"), ("漢字漢字", 4, "<", "漢… "), ("漢字", 4, "<", "漢字"), ("", 3, "<", "   "),
    ("e\u0301e\u0301e\u0301", 2, "<", "e\u0301…"), ("abc", -1, "<", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "width", "align", "shown"), FITS)
def test_fit_gives_exactly_the_width(text: str, width: int, align: str, shown: str) -> None:
    assert fit(text, width, align=align) == shown
    assert cell_width(shown) == max(0, width)


def test_fit_leaves_out_an_ellipsis_that_does_not_fit() -> None:
    assert fit("abcdef", 2, ellipsis="...") == "ab"


MIDDLES = [
    ("0123456789abcdef", 16, "0123456789abcdef"), ("0123456789abcdef", 7, "012…def"), ("0123456789abcdef", 8, "0123…def"),
    ("abc", 1, "…"), ("abc", 0, ""), ("abc", 2, "a…"), ("漢字漢字漢字", 7, "漢…字"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "width", "shown"), MIDDLES)
def test_an_id_is_cut_in_its_middle(text: str, width: int, shown: str) -> None:
    assert middle(text, width) == shown


WRAPS = [
    ("", 5, [""]), ("one two three", 7, ["one two", "three"]), ("one two three", 8, ["one two", "three"]),
    ("one  two", 4, ["one ", "two"]), ("abcdefgh", 3, ["abc", "def", "gh"]), ("ab abcdefgh", 4, ["ab", "abcd", "efgh"]),
    ("a\nb\n\nc", 5, ["a", "b", "", "c"]), ("    indented text", 12, ["    indented", "text"]),
    ("      abcdefgh", 8, ["      ab", "cdefgh"]), ("漢字漢字", 5, ["漢字", "漢字"]), ("a漢字 b", 3, ["a漢", "字", "b"]),
    ("漢字", 1, ["漢", "字"]), ("ok", 0, ["o", "k"]), ("word 漢字漢字", 8, ["word 漢", "字漢字"]),
    ("ééé e\u0301e\u0301", 4, ["ééé", "e\u0301e\u0301"]), ("trail   ", 5, ["trail"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "width", "lines"), WRAPS)
def test_wrapping_breaks_at_blanks_and_never_inside_a_character(text: str, width: int, lines: list[str]) -> None:
    assert wrap_cells(text, width) == lines


MONEY = [
    (None, "–"), (0, "$0"), (0.0031, "$0.0031"), (0.00312, "$0.0031"), (1.23, "$1.23"), (1.235, "$1.24"), (0.5, "$0.5000"),
    (0.99994, "$0.9999"), (0.99996, "$1.00"), (1234.5, "$1,234.50"), (0.00031, "$0.00031"), (0.000012, "$0.000012"),
    (0.0009999, "$0.0010"), (0.0000999, "$0.00010"), (0.000001, "$0.0000010"), (0.0000001, "<$0.000001"), (-0.5, "-$0.5000"), (float("nan"), "–"),
    (float("inf"), "–"), (0.1234567, "$0.1235"),
]  # fmt: skip


@pytest.mark.parametrize(("usd", "shown"), MONEY)
def test_money(usd: float | None, shown: str) -> None:
    assert money(usd) == shown


def test_a_partial_sum_says_so() -> None:
    assert money(1.2, partial=True) == "≥ $1.20"
    assert money(None, partial=True) == "–"


TOKENS = [
    (None, "–"), (0, "0"), (310, "310"), (999, "999"), (1000, "1.0k"), (1234, "1.2k"), (12_345, "12.3k"), (99_949, "99.9k"),
    (99_960, "100k"), (123_456, "123k"), (999_499, "999k"), (999_500, "1.0M"), (3_100_000, "3.1M"), (2_500_000_000, "2.5B"),
    (7 * 10**12, "7.0T"), (7 * 10**15, "7000T"),
]  # fmt: skip


@pytest.mark.parametrize(("n", "shown"), TOKENS)
def test_tokens(n: int | None, shown: str) -> None:
    assert tokens(n) == shown


MS, S = 10**6, 10**9
DURATIONS = [
    (None, "–"), (0, "0ms"), (500, "500ns"), (412_000, "412µs"), (999_600, "1.0ms"), (2_400_000, "2.4ms"), (9_960_000, "10ms"),
    (812 * MS, "812ms"), (999_600_000, "1.0s"), (4 * S, "4.0s"), (59_940 * MS, "59.9s"), (59_960 * MS, "1m00s"),
    (125 * S, "2m05s"), (3599 * S, "59m59s"), (3600 * S, "1h00m"), (3840 * S, "1h04m"), (51 * 3600 * S, "2d03h"),
    (-4 * S, "-4.0s"),
]  # fmt: skip


@pytest.mark.parametrize(("ns", "shown"), DURATIONS)
def test_duration(ns: int | None, shown: str) -> None:
    assert duration(ns) == shown


NOON = 1_795_176_000 * S  # 2026-11-20 12:00:00 UTC
CLOCKS = [
    (None, "–"), (NOON, "12:00:00"), (NOON - 7200 * S, "10:00:00"), (NOON - 86_400 * S, "11-19 12:00:00"),
    (NOON - 366 * 86_400 * S, "2025-11-19 12:00:00"), (10**30, "–"), (-(10**30), "–"), (0, "1970-01-01 00:00:00"),
]  # fmt: skip


@pytest.mark.parametrize(("ns", "shown"), CLOCKS)
def test_clock_names_the_day_unless_it_is_today(ns: int | None, shown: str) -> None:
    assert clock(ns, NOON) == shown


def test_clock_is_in_local_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    assert clock(NOON, NOON) == "17:30:00"


def test_clock_asks_the_computer_for_today_where_nobody_says() -> None:
    assert len(clock(time.time_ns())) in (8, 14)


AGES = [
    (0, "now"), (12, "12s ago"), (59, "59s ago"), (60, "1m ago"), (3 * 3600, "3h ago"), (2 * 86_400, "2d ago"),
    (40 * 86_400, "5w ago"), (400 * 86_400, "1y ago"), (-300, "in 5m"),
]  # fmt: skip


@pytest.mark.parametrize(("seconds", "shown"), AGES)
def test_ago(seconds: int, shown: str) -> None:
    assert ago(NOON - seconds * S, NOON) == shown
    assert ago(None, NOON) == "–"


ISO = [
    (None, None), (0, "1970-01-01T00:00:00.000000Z"), (NOON + 123_456_789, "2026-11-20T12:00:00.123456Z"),
    (-1, "1969-12-31T23:59:59.999999Z"), (10**30, None),
]  # fmt: skip


@pytest.mark.parametrize(("ns", "shown"), ISO)
def test_iso(ns: int | None, shown: str | None) -> None:
    assert iso(ns) == shown


SIZES = [(None, "–"), (0, "0 B"), (812, "812 B"), (1200, "1.2 kB"), (127_000_000, "127 MB"), (2 * 10**9, "2.0 GB")]


@pytest.mark.parametrize(("n_bytes", "shown"), SIZES)
def test_size(n_bytes: int | None, shown: str) -> None:
    assert size(n_bytes) == shown


def test_count() -> None:
    assert [count(n) for n in (None, 0, 999, 4210, 1_000_000)] == ["–", "0", "999", "4,210", "1,000,000"]


PERCENTS = [
    (None, "–"),
    (0, "0%"),
    (0.123, "12.3%"),
    (1, "100%"),
    (0.0001, "<0.1%"),
    (0.99999, ">99.9%"),
    (0.5, "50%"),
    (1.5, "150%"),
]


@pytest.mark.parametrize(("fraction", "shown"), PERCENTS)
def test_percent(fraction: float | None, shown: str) -> None:
    assert percent(fraction) == shown


def test_every_kind_and_status_has_its_own_glyph_of_one_cell() -> None:
    from rich.cells import get_character_cell_size

    for glyphs, names in (
        (GLYPHS, KINDS), (ASCII_GLYPHS, KINDS), (STATUS_GLYPHS, STATUSES), (ASCII_STATUS_GLYPHS, STATUSES),
    ):  # fmt: skip
        assert set(glyphs) == set(names)
        assert len(set(glyphs.values())) == len(glyphs)
        assert all(get_character_cell_size(glyph) == 1 and inert(glyph) is glyph for glyph in glyphs.values())
    assert all(glyph.isascii() for glyph in [*ASCII_GLYPHS.values(), *ASCII_STATUS_GLYPHS.values()])


def test_importing_text_loads_neither_rich_nor_textual() -> None:
    program = "import sys, tracetui.text as t; t.fit('✕ ok … – 1', 5); sys.exit('rich' in sys.modules or 'textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize(
    ("text", "plain", "strict"),
    [
        ("plain", "plain", "plain"),
        ("╭─ ⧉ docs ▾ ●", "+- C docs v o", "+- C docs v o"),
        ("≥$0 ∑2.4k …", ">$0 S2.4k ~", ">$0 S2.4k ~"),
        ("日本 é", "日本 é", "???? ?"),
    ],
)
def test_signs_have_ascii_forms_of_the_same_width(text: str, plain: str, strict: str) -> None:
    assert to_ascii(text) == plain
    assert to_ascii(text, is_strict=True) == strict
    assert cell_width(plain) == cell_width(strict) == cell_width(text)


@pytest.mark.parametrize(
    ("environ", "speaks"),
    [
        ({}, True), ({"LANG": "de_DE.UTF-8"}, True), ({"LANG": "C.utf8"}, True), ({"LANG": "C"}, False),
        ({"LC_ALL": "POSIX", "LANG": "de_DE.UTF-8"}, False), ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, True),
    ],
)  # fmt: skip
def test_a_locale_says_whether_it_is_one_of_utf8(environ: dict[str, str], speaks: bool) -> None:
    assert speaks_unicode(environ) is speaks
