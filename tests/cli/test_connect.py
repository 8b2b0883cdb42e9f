"""`tracetui connect`: variables that a shell takes, and what else an SDK needs."""

from __future__ import annotations

import subprocess

import pytest

from tracetui.collector.connecting import RECIPES

from .conftest import Run


@pytest.mark.parametrize("sdk", list(RECIPES))
def test_each_sdk_has_variables_with_the_address(call: Run, sdk: str) -> None:
    ended = call("connect", sdk, "127.0.0.1:9999")
    assert ended.code == 0
    assert "=http://127.0.0.1:9999\n" in ended.out
    assert all(line.startswith("export ") for line in ended.out.splitlines())
    assert sdk in ended.err
    assert "{" not in ended.out + ended.err


@pytest.mark.parametrize("sdk", list(RECIPES))
def test_a_token_stands_where_the_sdk_puts_it(call: Run, sdk: str) -> None:
    assert "s3cret" not in call("connect", sdk).out
    assert "s3cret" in call("connect", sdk, "--token", "s3cret").out


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
        compile("\n".join(RECIPES[name].code), name, "exec")
        assert name in "".join(RECIPES[name].code).lower()


def test_an_unknown_sdk_is_named_with_the_known_ones(call: Run) -> None:
    ended = call("connect", "opentelemetry")
    assert ended.code == 2
    assert "otel" in ended.err
