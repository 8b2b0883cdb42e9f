"""The words under which sellers of model calls are recorded, and which seller of the price list each of them means.

Every SDK, router and instrumentation has its own: `gcp.gemini`, `openai.chat`, `ChatBedrock`, `az.ai.openai`.
"""

from __future__ import annotations

_SPELLINGS: dict[str, str] = {
    "openai": "openai oai chatopenai openai-text text-completion-openai openai-responses openai-embeddings openaiembeddings",
    "azure": (
        "azure azure-ai azure-openai azure.ai.openai az.ai.openai azure.ai.inference az.ai.inference azure-text azureopenai "
        "azurechatopenai azure-ai-foundry azure-ai-inference microsoft.foundry azure-foundry azureopenaiembeddings"
    ),
    "anthropic": "anthropic chatanthropic claude anthropic-text",
    "aws": (
        "aws bedrock aws.bedrock amazon amazon-bedrock aws-bedrock bedrock-converse chatbedrock chatbedrockconverse "
        "bedrock-runtime amazon.bedrock bedrock-mantle"
    ),
    "google": (
        "google gemini gcp gcp.gemini gcp.vertex-ai gcp.gen-ai google-genai google.generative-ai google-generative-ai google-gla "
        "google-vertex google-vertexai vertex vertexai vertex-ai vertex-ai-beta google-ai google-ai-studio palm "
        "chatgooglegenerativeai chatvertexai google.vertex vertex-ai-anthropic-models googleai"
    ),
    "x-ai": "xai x-ai grok chatxai",
    "mistral": "mistral mistralai mistral-ai chatmistralai codestral text-completion-codestral",
    "deepseek": "deepseek chatdeepseek deepseek-ai",
    "cohere": "cohere cohere-chat chatcohere cohereai",
    "groq": "groq chatgroq",
    "together": "together togetherai together-ai together.ai chattogether",
    "fireworks": "fireworks fireworks-ai fireworksai chatfireworks",
    "openrouter": "openrouter open-router chatopenrouter",
    "perplexity": "perplexity perplexityai pplx perplexity-ai",
    "cerebras": "cerebras chatcerebras",
    "moonshotai": "moonshot moonshotai moonshot-ai",
    "zai": "zai z-ai z.ai",
    "zhipuai": "zhipu zhipuai",
    "minimax": "minimax",
    "voyageai": "voyage voyageai voyage-ai",
    "novita": "novita novita-ai novitaai",
    "databricks": "databricks chatdatabricks",
    "cloudflare": "cloudflare workers-ai cloudflare-workers-ai",
    "github-copilot": "github-copilot copilot",
    "cursor": "cursor",
    "baseten": "baseten",
    "avian": "avian",
    "ovhcloud": "ovhcloud",
    "elevenlabs": "elevenlabs",
    "arcee": "arcee",
    "modal": "modal",
}
"""Words for each seller, in lower case, `_` and blanks written as `-`."""

_OUTSIDE_THE_LIST = (
    "ollama ollama-chat chatollama lmstudio lm-studio llamacpp llama.cpp llama-cpp vllm hosted-vllm vllm-openai localai local mlx "
    "llamafile xinference sglang tgi text-generation-inference oobabooga jan gpt4all huggingface huggingfacehub hf "
    "chathuggingface replicate deepinfra anyscale sambanova nvidia nvidia-nim nim nebius hyperbolic lambda lambda-ai lepton "
    "octoai watsonx ibm.watsonx.ai ibm-watsonx sagemaker aws.sagemaker predibase runpod friendliai github github-models "
    "dashscope qwen alibaba tongyi volcengine baidu qianfan tencent hunyuan stepfun siliconflow featherless "
    "chutes parasail inference-net snowflake writer ai21 aleph-alpha reka nlp-cloud petals gigachat sarvam"
)
"""Words for those who run models on one's own machine, or sell them at prices that the list does not know."""

_NOBODY = (
    "litellm litellm-proxy gateway vercel vercel-ai-gateway vercel-ai portkey helicone langchain llamaindex llama-index custom "
    "custom-openai openai-like openai-compatible other -other unknown default proxy none null llm chat responses converse "
    "invoke converse-like messages embeddings completion completions"
)
"""Words for routers that charge the seller's price, for frameworks, and for API flavours."""

_SELLERS = {word: seller for seller, words in _SPELLINGS.items() for word in words.split()}
_SELLERS.update(dict.fromkeys(_OUTSIDE_THE_LIST.split(), ""))
_NOBODIES = frozenset(_NOBODY.split())


def seller_of(recorded: str | None) -> str | None:
    """The seller that a recorded provider means: a genai-prices id, "" for one outside the list, None for nobody.

    A flavour of the API after a dot is left out: `openai.chat`, `google.vertex.chat`.
    """
    word = _normalised(recorded or "")
    while word:
        if word in _SELLERS:
            return _SELLERS[word]
        word = word.rpartition(".")[0]
    return None


def seller_named(word: str) -> str | None:
    """The same for a word before a model's name, which has to match whole."""
    return _SELLERS.get(_normalised(word))


def is_nobody(word: str) -> bool:
    """Whether the word names a router, a framework or a flavour of an API, and not who sells the call."""
    return _normalised(word) in _NOBODIES


def _normalised(word: str) -> str:
    return word.strip().lower().replace("_", "-").replace(" ", "-")
