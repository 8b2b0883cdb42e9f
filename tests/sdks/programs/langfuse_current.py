"""Langfuse today, over OTLP: its drop-in for the openai package, a tool, a rating."""

from agent_run import AGENT, MODELS_URL, SESSION, USER, find_order, run
from langfuse import get_client, observe, propagate_attributes
from langfuse.openai import OpenAI


@observe(name="find_order", as_type="tool")
def tool(order_id: int) -> dict:
    return find_order(order_id)


@observe(name=AGENT, as_type="agent")
def agent() -> str:
    with propagate_attributes(user_id=USER, session_id=SESSION):
        answer = run(OpenAI(base_url=f"{MODELS_URL}/v1", api_key="none", max_retries=0), tool)
        get_client().score_current_trace(name="user_rating", value=1, comment="right")
        return answer


assert get_client().auth_check()
agent()
get_client().flush()
