"""Providers and models in the spellings under which they are recorded."""

from __future__ import annotations

import pytest

from tracetui.model import Usage
from tracetui.pricing import price_call, seller_of

NOVEMBER_2026 = 1_795_176_000 * 10**9
USAGE = Usage(input=1_000_000, output=1_000_000)

PRICED = [
    # provider, model, US dollars per million tokens in and out, what is named in the price
    ("openai", "gpt-4o", 2.5, 10, "openai gpt-4o"),
    ("OpenAI", "GPT-4o", 2.5, 10, "openai gpt-4o"),
    ("openai.chat", "gpt-4o-2024-08-06", 2.5, 10, "openai gpt-4o"),
    ("openai.responses", "gpt-5-mini-2025-08-07", 0.25, 2, "openai gpt-5-mini"),
    ("ChatOpenAI", "gpt-4o-2024-05-13", 5, 15, "openai gpt-4o-2024-05-13"),
    ("openai", "ft:gpt-4o-mini-2024-07-18:acme::abc123", 0.3, 1.2, "openai ft:gpt-4o-mini"),
    ("openai", "openai/gpt-4o", 2.5, 10, "openai gpt-4o"),
    ("openai", "openai/responses/gpt-4o", 2.5, 10, "openai gpt-4o"),
    (None, "gpt-4o", 2.5, 10, "openai gpt-4o"),
    (None, "openai/gpt-4o", 2.5, 10, "openai gpt-4o"),
    (None, "openai:gpt-4o", 2.5, 10, "openai gpt-4o"),
    (None, "openai:chat:gpt-4o", 2.5, 10, "openai gpt-4o"),
    ("litellm", "gpt-4o", 2.5, 10, "openai gpt-4o"),
    ("gateway", "openai/gpt-4o", 2.5, 10, "openai gpt-4o"),
    ("_OTHER", "gpt-4o", 2.5, 10, "openai gpt-4o"),
    ("acme-gateway", "gpt-4o", 2.5, 10, "openai gpt-4o"),
    (None, "litellm_proxy/openai/gpt-4o", 2.5, 10, "openai gpt-4o"),
    (None, "o3", 2, 8, "openai o3"),
    ("openai", "gpt-5-mini-2026-01-01", 0.25, 2, "openai gpt-5-mini"),
    (None, "claude-opus-4-1@20291231", 15, 75, "google claude-"),
    (None, "gpt-4o-2024-05-13", 5, 15, "openai gpt-4o-2024-05-13"),
    ("unknown", "gpt-4o-mini-2026-01-01", 0.15, 0.6, "openai gpt-4o-mini"),
    ("azure", "gpt-4o", 2.5, 10, "azure gpt-4o"),
    ("az.ai.openai", "gpt-4o-2024-08-06", 2.5, 10, "azure gpt-4o"),
    ("azure.ai.openai", "gpt-35-turbo", 0.5, 1.5, "azure gpt-3.5-turbo"),
    ("azure-openai.chat", "o3-mini", 1.1, 4.4, "azure o3-mini"),
    ("AzureChatOpenAI", "gpt-4o", 2.5, 10, "azure gpt-4o"),
    (None, "azure/gpt-4o", 2.5, 10, "azure gpt-4o"),
    ("azure", "openai/gpt-4o", 2.5, 10, "azure gpt-4o"),
    ("azure_ai", "azure_ai/grok-3", 3, 15, "azure grok-3"),
    ("anthropic", "claude-sonnet-4-20250514", 3, 15, "anthropic claude-sonnet-4-0"),
    ("anthropic.messages", "claude-3-5-haiku-latest", 0.8, 4, "anthropic claude-3-5-haiku-latest"),
    ("Anthropic", "claude-opus-4-1-20250805", 15, 75, "anthropic claude-opus-4-1"),
    (None, "claude-haiku-4-5", 1, 5, "anthropic claude-haiku-4-5"),
    (None, "anthropic/claude-3-5-sonnet-20241022", 3, 15, "anthropic claude-3-5-sonnet"),
    ("openai", "anthropic/claude-3.5-sonnet", 3, 15, "anthropic claude-3-5-sonnet"),
    ("openai", "claude-opus-4-1", 15, 75, "anthropic claude-opus-4-1"),
    (
        "aws.bedrock",
        "anthropic.claude-3-haiku-20240307-v1:0",
        0.25,
        1.25,
        "aws regional.anthropic.claude-3-haiku-20240307-v1:0",
    ),
    (
        "AWS",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        3.3,
        16.5,
        "aws regional.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ),
    ("ChatBedrock", "global.anthropic.claude-sonnet-4-5-20250929-v1:0", 3, 15, "aws global."),
    ("anthropic", "us.anthropic.claude-sonnet-4-20250514-v1:0", 3, 15, "aws regional."),
    (None, "bedrock/us.anthropic.claude-sonnet-4-20250514-v1:0", 3, 15, "aws regional."),
    (None, "bedrock/converse/us.anthropic.claude-sonnet-4-20250514-v1:0", 3, 15, "aws regional."),
    (None, "bedrock/us-east-1/anthropic.claude-3-haiku-20240307-v1:0", 0.25, 1.25, "aws regional."),
    (
        None,
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0",
        3,
        15,
        "aws regional.anthropic.claude-sonnet-4-20250514-v1:0",
    ),
    ("amazon-bedrock", "us.amazon.nova-pro-v1:0", 0.8, 3.2, "aws amazon.nova-pro-v1:0"),
    ("bedrock", "meta.llama3-1-70b-instruct-v1:0", 0.72, 0.72, "aws meta.llama3-1-70b-instruct-v1:0"),
    (None, "openai.gpt-oss-20b-1:0", 0.07, 0.3, "aws openai.gpt-oss-20b-1:0"),
    ("aws_bedrock", "claude-3-haiku-20240307-v1:0", 0.25, 1.25, "aws regional."),
    ("gcp.gemini", "gemini-2.5-flash", 0.3, 2.5, "google gemini-2.5-flash"),
    ("gcp.vertex_ai", "gemini-2.5-flash-lite", 0.1, 0.4, "google gemini-2.5-flash-lite"),
    ("google.generative-ai", "gemini-2.5-flash", 0.3, 2.5, "google gemini-2.5-flash"),
    ("google_genai", "models/gemini-2.5-flash", 0.3, 2.5, "google gemini-2.5-flash"),
    ("google-gla", "gemini-2.0-flash-001", 0.1, 0.4, "google gemini-2.0-flash"),
    (None, "models/gemini-2.5-flash", 0.3, 2.5, "google gemini-2.5-flash"),
    (None, "gemini/gemini-2.5-flash", 0.3, 2.5, "google gemini-2.5-flash"),
    (None, "google/gemini-2.5-flash", 0.3, 2.5, "google gemini-2.5-flash"),
    (None, "gemini-1.5-flash-8b", 0.075, 0.3, "google gemini-1.5-flash"),
    (None, "vertex_ai/gemini-2.5-flash", 0.3, 2.5, "google gemini-2.5-flash"),
    (None, "publishers/google/models/gemini-2.5-flash", 0.3, 2.5, "google gemini-2.5-flash"),
    (
        None,
        "projects/p/locations/us-central1/publishers/anthropic/models/claude-opus-4-1@20250805",
        15,
        75,
        "google claude-",
    ),
    (None, "vertex_ai/claude-3-5-sonnet@20240620", 3, 15, "google claude-3-5-sonnet"),
    ("anthropic", "claude-sonnet-4@20250514", 3, 15, "google claude-"),
    ("google.vertex.chat", "gemini-2.5-flash", 0.3, 2.5, "google gemini-2.5-flash"),
    ("openrouter", "anthropic/claude-3.5-sonnet:beta", 3, 15, "openrouter anthropic/claude-3.5-sonnet"),
    ("openrouter", "openai/gpt-5-mini-2025-08-07", 0.25, 2, "openrouter openai/gpt-5-mini"),
    (None, "openrouter/openai/gpt-4o", 2.5, 10, "openrouter openai/gpt-4o"),
    (
        None,
        "openrouter/meta-llama/llama-3.3-70b-instruct:free",
        0,
        0,
        "openrouter meta-llama/llama-3.3-70b-instruct:free",
    ),
    ("openrouter", "someone/new-model:free", 0, 0, "openrouter someone/new-model:free"),
    ("openai", "deepseek/deepseek-r1:free", 0, 0, "openrouter deepseek/deepseek-r1:free"),
    ("groq", "llama-3.3-70b-versatile", 0.59, 0.79, "groq llama-3.3-70b-versatile"),
    ("groq.chat", "openai/gpt-oss-120b", 0.15, 0.6, "groq openai/gpt-oss-120b"),
    (None, "groq/llama-3.3-70b-versatile", 0.59, 0.79, "groq llama-3.3-70b-versatile"),
    (
        None,
        "together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo",
        0.88,
        0.88,
        "together meta-llama/Llama-3.3-70B-Instruct-Turbo",
    ),
    ("togetherai.chat", "meta-llama/Llama-3.3-70B-Instruct-Turbo", 0.88, 0.88, "together "),
    ("mistral_ai", "mistral-large-latest", 2, 6, "mistral mistral-large"),
    (None, "mistral/codestral-latest", 0.3, 0.9, "mistral codestral"),
    ("x_ai", "grok-4", 3, 15, "x-ai grok-4-0709"),
    (None, "xai/grok-3-mini-beta", 0.3, 0.5, "x-ai grok-3-mini"),
    ("cohere_chat", "command-r-plus", 2.5, 10, "cohere command-r-plus"),
    ("perplexity", "sonar-pro", 3, 15, "perplexity sonar-pro"),
    (None, "zai/glm-4.5", 0.6, 2.2, "zai GLM-4.5"),
    ("cerebras", "llama-3.3-70b", 0.85, 1.2, "cerebras llama-3.3-70b"),
    ("cloudflare", "@cf/meta/llama-3.1-8b-instruct", 0.282, 0.827, "cloudflare @cf/meta/llama-3.1-8b-instruct"),
    (None, "fireworks_ai/accounts/fireworks/models/deepseek-v3p2", None, None, "fireworks deepseek-v3p2"),
    ("fireworks", "deepseek-v3p2", None, None, "fireworks deepseek-v3p2"),
]


@pytest.mark.parametrize(("provider", "model", "per_input", "per_output", "named"), PRICED)
def test_a_model_is_recognised_in_its_spellings(
    provider: str | None, model: str, per_input: float | None, per_output: float | None, named: str
) -> None:
    at_input = price_call(provider, model, Usage(input=1000, output=0), NOVEMBER_2026)
    at_output = price_call(provider, model, Usage(input=0, output=1000), NOVEMBER_2026)
    assert at_input.reason is None
    assert at_input.price is not None
    assert f": {named}" in at_input.price
    if per_input is not None and per_output is not None and "sonar" not in model:
        assert at_input.usd == pytest.approx(per_input / 1000)
        assert at_output.usd == pytest.approx(per_output / 1000)


NOT_PRICED = [
    ("openai", "gpt-4o-custom"), ("openai", "my-deployment"), ("openai", "gpt-99"), (None, "gpt-5.9-mini"), (None, "default"),
    ("azure", "my-deployment"), (None, "azure/eu/gpt-4o"), ("anthropic", "claude-sonnet-99"), ("x-ai", "grok-99"),
    ("ollama", "llama3.2"), (None, "ollama/llama3.2"), (None, "llama3:8b"), ("ollama", "gpt-oss:20b"), (None, "mistral:7b"),
    ("ollama.chat", "qwen2.5:7b"), ("vllm", "meta-llama/Llama-3.1-8B-Instruct"), ("lmstudio", "gemma-3-27b-it"),
    ("openai", "gpt-oss-120b"), ("openai", "meta-llama/llama-3.3-70b-instruct"), (None, "meta-llama/llama-3.3-70b-instruct"),
    (None, "llama-3.3-70b-versatile"), (None, "deepseek-r1"), ("deepseek", "deepseek-r1:8b"), (None, "google/gemma-3-27b-it"),
    ("deepseek", "deepseek-r1-distill-llama-70b"), (None, "mistralai/mixtral-8x7b-instruct"), (None, "gemma-3-27b-it"),
    (None, "deepseek/deepseek-r1"), (None, "moonshotai/kimi-k2"), ("openrouter", "openrouter/auto"), (None, "openrouter/auto"),
    ("openrouter", "openai/gpt-4o:nitro"), ("openrouter", "gpt-4o"), ("replicate", "meta/meta-llama-3-70b-instruct"),
    ("deepinfra", "claude-3-7-sonnet-latest"), ("aws", "claude-sonnet-4-5-20250929"), ("huggingface", "gpt2"),
    ("watsonx", "ibm/granite-3-8b-instruct"), ("ibm.watsonx.ai", "gpt-4o"), ("cerebras", "qwen-3-coder-480b"),
    ("groq", "gpt-4o"), ("anthropic", "gpt-4o"), (None, "x" * 10_000), (None, "gpt-4o\x1b[31m"), (None, "/"), (None, ":"),
    ("", "a/b/c/d"), (None, "projects/p/locations/l/endpoints/123"), (None, "tunedModels/mine"),
]  # fmt: skip


@pytest.mark.parametrize(("provider", "model"), NOT_PRICED)
def test_what_is_not_certain_is_not_priced(provider: str | None, model: str) -> None:
    cost = price_call(provider, model, USAGE, NOVEMBER_2026)
    assert cost.usd is None
    assert cost.origin is None
    assert cost.reason == "unknown model"


SELLERS = [
    ("openai", "openai"), ("OpenAI", "openai"), (" openai ", "openai"), ("gcp.gemini", "google"), ("aws.bedrock", "aws"),
    ("vertex_ai", "google"), ("mistral_ai", "mistral"), ("Mistral AI", "mistral"), ("anthropic.messages", "anthropic"),
    ("az.ai.inference", "azure"), ("azure.ai.inference", "azure"), ("google.vertex.chat", "google"), ("x_ai", "x-ai"),
    ("ollama", ""), ("ibm.watsonx.ai", ""), ("aws.sagemaker", ""), ("litellm", None), ("acme", None), ("", None), (None, None),
    ("...", None),
]  # fmt: skip


@pytest.mark.parametrize(("recorded", "seller"), SELLERS)
def test_a_provider_is_recognised_in_its_spellings(recorded: str | None, seller: str | None) -> None:
    assert seller_of(recorded) == seller


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len(PRICED) >= 60
