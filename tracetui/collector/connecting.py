"""What to set so that an SDK sends to a collector: a row of data for each, printed by `tracetui connect`."""

from __future__ import annotations

import shlex
from urllib.parse import quote

from msgspec import Struct

from tracetui.collector.listen import GRPC_PORT, Address


class Recipe(Struct, frozen=True):
    """Variables (with `{url}` and `{token}`), what else is needed, and the lines of a program that give the token where no
    variable can."""

    about: str
    variables: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()
    code: tuple[str, ...] = ()


_OTLP = (("OTEL_EXPORTER_OTLP_ENDPOINT", "{url}"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"))
_KEY_NOTE = "the key of the program stays as it is: it passes, and is not stored"
_SPANS_NOTE = (
    "the steps around the calls, too: openinference-instrumentation-{sdk}, which `tracetui connect otel` is for"
)

RECIPES: dict[str, Recipe] = {
    "otel": Recipe(
        "any OpenTelemetry SDK: OpenInference, OpenLLMetry, Logfire, Vercel's AI SDK, the GenAI instrumentations",
        (*_OTLP, ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_ONLY")),
        (
            "OpenLLMetry: set TRACELOOP_BASE_URL={url} instead",
            "over gRPC: OTEL_EXPORTER_OTLP_ENDPOINT=http://{grpc} and OTEL_EXPORTER_OTLP_PROTOCOL=grpc (tracetui[grpc])",
            "GenAI instrumentations before 1.0: OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true",
            "Logfire: logfire.configure(send_to_logfire=False) and the variables above",
        ),
    ),
    "langfuse": Recipe(
        "Langfuse's SDK, version 2 and later",
        (
            ("LANGFUSE_HOST", "{url}"),
            ("LANGFUSE_BASE_URL", "{url}"),
            ("LANGFUSE_PUBLIC_KEY", "local"),
            ("LANGFUSE_SECRET_KEY", "{token}"),
        ),
        ("get_prompt is served from files in prompts/, such as prompts/answer-v3.txt",),
    ),
    "langsmith": Recipe(
        "LangSmith's SDK, and LangChain with it",
        (("LANGSMITH_ENDPOINT", "{url}"), ("LANGSMITH_TRACING", "true"), ("LANGSMITH_API_KEY", "{token}")),
    ),
    "datadog": Recipe(
        "ddtrace with LLM Observability, without an agent",
        (
            ("DD_LLMOBS_ENABLED", "1"),
            ("DD_LLMOBS_AGENTLESS_ENABLED", "1"),
            ("DD_LLMOBS_OVERRIDE_ORIGIN", "{url}"),
            ("DD_LLMOBS_ML_APP", "my-app"),
            ("DD_API_KEY", "{token}"),
            ("DD_INSTRUMENTATION_TELEMETRY_ENABLED", "false"),
            ("DD_REMOTE_CONFIGURATION_ENABLED", "false"),
        ),
        ("run the program with ddtrace-run; a trace is sent when its root has ended",),
    ),
    "openai": Recipe(
        "the openai package and whatever speaks as it does, through the logging proxy",
        (("OPENAI_BASE_URL", "{url}/openai/v1"),),
        (
            _KEY_NOTE,
            "another server behind it: listen, open --listen and proxy have --openai-upstream",
            _SPANS_NOTE.replace("{sdk}", "openai"),
        ),
        ("from openai import OpenAI", "", 'client = OpenAI(default_headers={"X-Tracetui-Token": "{token}"})'),
    ),
    "anthropic": Recipe(
        "the anthropic package and whatever speaks as it does, through the logging proxy",
        (("ANTHROPIC_BASE_URL", "{url}/anthropic"),),
        (
            _KEY_NOTE,
            "another server behind it: listen, open --listen and proxy have --anthropic-upstream",
            _SPANS_NOTE.replace("{sdk}", "anthropic"),
        ),
        ("from anthropic import Anthropic", "", 'client = Anthropic(default_headers={"X-Tracetui-Token": "{token}"})'),
    ),
}


def variables_of(recipe: Recipe, address: Address, token: str | None) -> list[tuple[str, str]]:
    """The variables with the address and the token filled in; OTLP's headers where there is a token."""
    url = f"http://{address}"
    filled = [(name, value.format(url=url, token=token or "local")) for name, value in recipe.variables]
    if token is not None and recipe.variables[: len(_OTLP)] == _OTLP:
        filled.append(("OTEL_EXPORTER_OTLP_HEADERS", f"authorization=Bearer%20{quote(token, safe='')}"))
    return filled


def export_lines(recipe: Recipe, address: Address, token: str | None) -> str:
    """The variables as lines for a shell."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables_of(recipe, address, token))


def notes_of(recipe: Recipe, address: Address) -> list[str]:
    """What else there is to know."""
    grpc = Address(address.host, GRPC_PORT)
    return [note.format(url=f"http://{address}", grpc=grpc) for note in recipe.notes]


def code_of(recipe: Recipe, token: str | None) -> list[str]:
    """The lines of a program that give the token; none where there is no token."""
    return [line.replace("{token}", token) for line in recipe.code] if token is not None else []
