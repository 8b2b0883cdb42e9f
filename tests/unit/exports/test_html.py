from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

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


@settings(max_examples=60)
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


class _Counting(BaseHTTPRequestHandler):
    """Answers anything, and writes down what was asked for."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()

    do_POST = do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[str]]]:
    """The address of a server of this machine, and what it was asked for so far."""
    monkeypatch.setattr(_Counting, "asked", [])
    with ThreadingHTTPServer(("127.0.0.1", 0), _Counting) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", _Counting.asked
        server.shutdown()
        thread.join()


def shown_by_browser(page: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """What a real browser makes of a page."""
    words = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    return subprocess.run(
        [*words, "--enable-logging=stderr", "--virtual-time-budget=2000", "--dump-dom", page.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip


@pytest.mark.skipif(BROWSER is None, reason="there is neither chromium nor google-chrome")
def test_a_browser_runs_nothing_of_a_hostile_page_and_asks_nobody(tmp_path: Path, asked: tuple[str, list[str]]) -> None:
    url, requests = asked
    loads = (
        f"<img src={url}/img>", f"<script src={url}/script></script>", f"<link rel=stylesheet href={url}/css>",
        f"<iframe src={url}/frame></iframe>", f"<style>@import '{url}/import'; body {{background: url({url}/bg)}}</style>",
        f"<object data={url}/object></object>", f"<video src={url}/video autoplay></video>", f"<base href={url}/>", f"{url}/plain",
        f"<meta http-equiv=refresh content='0;url={url}/refresh'>", f"<script>fetch('{url}/fetch')</script>",
        f"<link rel=prefetch href={url}/prefetch><link rel=dns-prefetch href=//example.invalid>", f"<svg><image href={url}/svg /></svg>",
    )  # fmt: skip
    page = tmp_path / "page.html"
    page.write_text(page_of(*map(hostile_trace, (*HOSTILE, *loads))), errors="surrogatepass")
    done = shown_by_browser(page, tmp_path)
    check(done.stdout.replace("</rect>", ""))
    assert "<title>Traces</title>" in done.stdout
    assert "CONSOLE" not in done.stderr
    assert requests == []


@pytest.mark.skipif(BROWSER is None, reason="there is neither chromium nor google-chrome")
def test_the_browser_of_these_tests_runs_and_loads_what_is_not_escaped(
    tmp_path: Path, asked: tuple[str, list[str]]
) -> None:
    url, requests = asked
    page = tmp_path / "page.html"
    page.write_text(f"<title>Traces</title><img src={url}/img><script>document.title = 'owned'</script>")
    assert "<title>owned</title>" in shown_by_browser(page, tmp_path).stdout
    assert "/img" in requests
