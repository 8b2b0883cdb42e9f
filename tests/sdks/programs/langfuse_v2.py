"""Langfuse 2: its drop-in for the openai package, a span for the tool, a rating."""

from agent_run import AGENT, FAILING, MODEL, MODELS_URL, SESSION, USER, find_order, run
from langfuse import Langfuse
from langfuse.decorators import langfuse_context, observe
from langfuse.openai import OpenAI


@observe(name="find_order")
def tool(order_id: int) -> dict:
    return find_order(order_id)


@observe(name=AGENT)
def agent() -> str:
    langfuse_context.update_current_trace(user_id=USER, session_id=SESSION)
    client = OpenAI(base_url=f"{MODELS_URL}/v1", api_key="none", max_retries=0)
    answer = run(client, tool, MODEL, FAILING)
    langfuse_context.score_current_trace(name="user_rating", value=1, comment="right")
    return answer


agent()
langfuse_context.flush()
Langfuse().flush()
