from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracetui.exports.html import write_html
from tracetui.exports.html_style import STYLE
from tracetui.model import Media, Message, Payload, Score, Span, Text, ToolCall, ToolDefinition, ToolResult

from . import made

ELEMENTS = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "h3",
        "h4",
        "details",
        "summary",
        "dl",
        "dt",
        "dd",
        "div",
        "section",
        "pre",
        "span",
        "b",
        "p",
        "svg",
        "rect",
        "img",
    ]
)
ATTRIBUTES = frozenset(
    [
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
        "title",
        "open",
        "viewbox",
        "preserveaspectratio",
        "aria-hidden",
        "x",
        "y",
        "width",
        "height",
        "alt",
        "src",
    ]
)
EMPTY = frozenset({"meta", "rect", "img"})
HOSTILE = (
    "<script>document.title = 'owned'</script>", "<img src=x onerror=\"document.title='owned'\">", "</pre><h1>out", "-->",
    "</style><style>body{display:none}", "' onmouseover='x", '"><svg onload=alert(1)>', "javascript:alert(1)", "&lt;b&gt;",
    "</details></div></body></html>", "<!--", "<![CDATA[", "\x00\x1b[2J\u202e\ufeff", "<iframe src=http://evil>", "<base href=//evil>",
    "<meta http-equiv=refresh content='0;url=http://evil'>", "<link rel=stylesheet href=//evil>", "<form action=//evil><input autofocus>",
    "\ud800", "]]>", "<plaintext>", "<textarea>", "<xmp>", "<template>", "<math><mtext></p><script>x</script>", "{{7*7}}", "\n\nfirst",
)  # fmt: skip


class Page(HTMLParser):
    """What a browser makes of a page: its elements, and its text. Fails where a tag is not closed by its own end."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.others: list[str] = []
        self.deepest = 0
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs
        if tag not in EMPTY:
            self.open.append(tag)
            self.deepest = max(self.deepest, len(self.open))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    handle_pi = unknown_decl = handle_comment


def page_of(*traces: made.Selected) -> str:
    return "".join(write_html(traces))


def hostile_trace(text: str) -> made.Selected:
    name = text.replace("\ud800", "?")  # a summary comes out of SQLite, which holds no surrogate
    span = Span(
        "t", name, None, "generation", name, 1, 2, None, "error", name, name, name, name, user_id=name, tags=(name,),
        session_id=name, feature=name, prompt_name=name,
    )  # fmt: skip
    parts = (Text(text), ToolCall(text, text, {text: text}), Media("image", text, 3, text, text))
    messages = (Message(text, parts, text), Message("tool", (ToolResult(text, text, True, text),)))
    tools = (ToolDefinition(text, text, {text: text}),)
    payload = Payload(messages, {text: text}, tools, {text: text}, ({text: text},), text)
    return made.selected([span], {name: payload}, [Score("s", "t", name, text, None, text, text, author=text)])


def check(page: str) -> Page:
    parsed = Page(page)
    assert set(parsed.elements) <= ELEMENTS
    assert {name for name, _ in parsed.attributes} <= ATTRIBUTES
    assert parsed.others == []
    assert all((value or "").startswith("data:image/") for name, value in parsed.attributes if name == "src")
    return parsed


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_a_trace_becomes_markup(text: str) -> None:
    parsed = check(page_of(hostile_trace(text)))
    words = [word for word in re.split(r"[^\x20-\x7e]+", text) if word]
    assert all(parsed.text.count(word) >= 10 for word in words)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.text(max_size=40))
def test_no_text_becomes_markup(text: str) -> None:
    check(page_of(hostile_trace(text or "x")))


def test_the_page_has_facts_messages_calls_with_their_results_and_scores() -> None:
    text = check(page_of(made.hard_trace())).text
    for part in (
        "support␛[31m agent",
        "$0.0031 (recorded)",
        "get_order",
        "[refusal] I can't.",
        "user_rating 4",
        "Look it up",
    ):
        assert part in text
    assert text.index('"BX-1"') < text.index('"lost"')
    assert text.count('"status": "lost"') == 1


def test_a_style_that_is_not_ours_is_refused_and_nothing_is_loaded() -> None:
    page = page_of(made.hard_trace())
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy.startswith("default-src 'none'; ")
    assert base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode() in policy
    assert f"<style>{STYLE}</style>" in page
    assert "http" not in re.sub(r"http-equiv", "", page)


def test_a_page_says_the_same_times_wherever_it_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = set()
    for zone in ("UTC", "America/New_York"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        pages.add(page_of(made.hard_trace()))
    monkeypatch.undo()
    time.tzset()
    (page,) = pages
    assert "2026-11-18 11:06:40 UTC" in page


def test_long_values_and_many_traces_are_whole() -> None:
    long = "begin " + "x" * 100_000 + " end"
    many = [made.selected([Span(f"t{n}", "s", name=f"trace {n}")], {"s": Payload(output=long)}) for n in range(6)]
    text = check(page_of(*many)).text
    assert text.count(long) == 6
    assert text.rstrip().endswith("6 traces")


def test_a_deep_trace_does_not_nest_without_end() -> None:
    parsed = check(page_of(made.chain_trace(1_000)))
    assert parsed.deepest < 200
    assert "step 999" in parsed.text


@pytest.mark.parametrize(("kind", "is_shown"), [("image/png", True), ("image/svg+xml", False), ("text/html", False)])
def test_a_picture_is_shown_where_it_is_nothing_else(kind: str, is_shown: bool) -> None:
    payload = Payload(input=(Message("user", (Media("image", kind, 4, None, "iVBORw0KGgo="),)),))
    assert ("img" in check(page_of(made.selected([Span("t", "s")], {"s": payload}))).elements) is is_shown


BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.mark.skipif(
    BROWSER is None or not os.environ.get("TRACETUI_TEST_BROWSER"), reason="asked for with TRACETUI_TEST_BROWSER=1"
)
def test_a_browser_runs_nothing_of_a_hostile_page(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(page_of(*map(hostile_trace, HOSTILE)), errors="surrogatepass")
    words = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    done = subprocess.run(
        [*words, "--enable-logging=stderr", "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    check(done.stdout.replace("</rect>", ""))
    assert "<title>Traces</title>" in done.stdout
    assert "CONSOLE" not in done.stderr
