"""The words that developers use for kinds, for how a call went, and for a rating → ours."""

from __future__ import annotations

from tracetui.model import REFUSALS, Kind, Status
from tracetui.semconv.names import plain


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KIND_WORDS: dict[Kind, str] = {
    "generation": "generation llm llm_call llm_request llm_response llm_generation llm_completion completion chat "
    "chat_completion chat_completions completions text_completion text_generation generate model model_call "
    "model_request response responses message messages inference acompletion aresponses generate_content chat_model "
    "llm_run ai_call api_call openai anthropic prompt_completion openai_chat_completion",
    "tool": "tool tool_call tool_run tool_use tool_execution execute_tool function function_call function_execution "
    "mcp mcp_call mcp_tool tool_result",
    "agent": "agent agent_run agent_step invoke_agent create_agent agent_call assistant_run crew subagent",
    "chain": "chain workflow task step pipeline run runnable graph node flow job chain_run agent_executor turn "
    "request_handler invoke_workflow",
    "retriever": "retriever retrieval retrieve search vector_search document_retrieval rag vector_query similarity_search "
    "knowledge_base kb_search lookup retrieval_query",
    "embedding": "embedding embeddings embed text_embedding aembedding create_embedding embedding_call",
    "reranker": "rerank reranker reranking rank",
    "guardrail": "guardrail guard moderation moderations content_filter_check safety_check",
    "evaluator": "evaluator evaluation eval judge scorer grader",
    "event": "event log",
    "span": "span",
}
KIND_WORDS: dict[str, Kind] = {word: kind for kind, words in _KIND_WORDS.items() for word in words.split()}

_STATUS_WORDS: dict[Status, str] = {
    "success": "ok success succeeded successful completed complete done finished passed pass true 1 yes good fine "
    "status_code_ok final ended stop answered delivered normal none null",
    "error": "error failed failure fail errored exception timeout timed_out cancelled canceled aborted crashed false 0 "
    "no err rate_limited status_code_error dead killed bad rejected_by_server overloaded incomplete invalid expired "
    "context_length_exceeded unavailable",
    "refused": "refused refusal declined rejected denied moderated filtered flagged " + " ".join(sorted(REFUSALS)),
    "running": "running pending started in_progress queued processing streaming open created submitted active waiting "
    "inprogress new scheduled",
}
STATUS_WORDS: dict[str, Status] = {word: status for status, words in _STATUS_WORDS.items() for word in words.split()}

TRUE_WORDS = _words("true t yes y 1 on ok success")
FALSE_WORDS = _words("false f no n 0 off")
NO_ERROR = frozenset(
    {"", "0", "none", "null", "nil", "false", "no", "ok", "nan", "n/a", "na", "-", "[]", "{}", "success"}
)
"""What stands in an error column where there was no error."""

GOOD_WORDS = _words("up thumbs_up thumbsup good positive like liked 👍 +1")
BAD_WORDS = _words("down thumbs_down thumbsdown bad negative dislike disliked 👎 -1")
VERDICTS = (
    GOOD_WORDS
    | BAD_WORDS
    | _words(
        "neutral correct incorrect wrong right helpful unhelpful not_helpful excellent fair poor ok okay partial "
        "partially_correct hallucination relevant irrelevant accurate inaccurate pass fail"
    )
)
"""Words by which a column of labels shows that it holds ratings."""

PROVIDERS = _words(
    "openai anthropic google gemini vertex vertex_ai vertexai google_vertex google_ai gcp gcp_gemini gcp_vertex_ai "
    "azure azure_openai az_ai_openai az_ai_inference bedrock aws_bedrock amazon_bedrock aws ollama mistral mistralai "
    "mistral_ai cohere groq together together_ai togetherai fireworks fireworks_ai deepseek xai x_ai perplexity "
    "openrouter huggingface hugging_face replicate vllm lmstudio llama_cpp llamacpp litellm nvidia cerebras local "
    "watsonx ibm_watsonx_ai sambanova deepinfra anyscale databricks github moonshot moonshot_ai z_ai"
)
"""Names by which a column `system` or `api` shows that it holds the provider, not a prompt."""


def kind_of(word: str) -> Kind | None:
    """Our kind for a word of theirs, or None."""
    found = KIND_WORDS.get(word)
    if found is not None:
        return found
    spelled = plain(word).strip("_")
    return KIND_WORDS.get(spelled) or KIND_WORDS.get(spelled.rsplit("_", 1)[-1])


def status_of(word: str) -> Status | None:
    """Our status for a word of theirs, or None."""
    return STATUS_WORDS.get(word) or STATUS_WORDS.get(plain(word).strip("_"))
