"""`tracetui connect`: variables that a shell takes, and what else an SDK needs."""

from __future__ import annotations

import re
import subprocess

import pytest

from tracetui.collector.connecting import RECIPES, code_of

from .conftest import Run


@pytest.mark.parametrize("sdk", list(RECIPES))
def test_each_sdk_has_variables_with_the_address(call: Run, sdk: str) -> None:
    ended = call("connect", sdk, "127.0.0.1:9999")
    assert ended.code == 0
    assert re.search(r"=http://127\.0\.0\.1:9999(/openai/v1|/anthropic)?\n", ended.out)
    assert all(line.startswith("export ") for line in ended.out.splitlines())
    assert sdk in ended.err
    assert "{" not in ended.out + ended.err


@pytest.mark.parametrize("sdk", list(RECIPES))
def test_a_token_stands_where_the_sdk_puts_it(call: Run, sdk: str) -> None:
    without, with_token = call("connect", sdk), call("connect", sdk, "--token", "s3cret")
    assert "s3cret" not in without.out + without.err
    assert "s3cret" in (with_token.err if RECIPES[sdk].code else with_token.out)


def test_a_shell_reads_the_variables(call: Run) -> None:
    out = call("connect", "otel", "--token", "a 'b'").out
    done = subprocess.run(
        ["sh", "-c", f'{out}\nprintf %s "$OTEL_EXPORTER_OTLP_HEADERS"'], capture_output=True, text=True
    )
    assert done.stdout == "authorization=Bearer%20a%20%27b%27"


def test_the_genai_instrumentations_are_told_to_send_messages_in_the_words_of_today(call: Run) -> None:
    ended = call("connect", "otel")
    assert "export OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=SPAN_ONLY\n" in ended.out
    assert "=true" in ended.err, "and those of before"


def test_code_of_a_recipe_is_python(call: Run) -> None:
    for name in ("openai", "anthropic"):
        code = "\n".join(code_of(RECIPES[name], "s3cret"))
        compile(code, name, "exec")
        assert name in code.lower()
        assert '{"X-Tracetui-Token": "s3cret"}' in code


@pytest.mark.parametrize(
    ("sdk", "line"),
    [
        ("openai", "export OPENAI_BASE_URL=http://127.0.0.1:4318/openai/v1"),
        ("anthropic", "export ANTHROPIC_BASE_URL=http://127.0.0.1:4318/anthropic"),
    ],
)
def test_the_packages_of_the_providers_go_through_the_proxy(call: Run, sdk: str, line: str) -> None:
    assert call("connect", sdk).out.splitlines() == [line]


def test_an_unknown_sdk_is_named_with_the_known_ones(call: Run) -> None:
    ended = call("connect", "opentelemetry")
    assert ended.code == 2
    assert "otel" in ended.err
