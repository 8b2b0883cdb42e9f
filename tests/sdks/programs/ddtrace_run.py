"""ddtrace with LLM Observability: its integration of the openai package, a tool, an evaluation."""

from agent_run import AGENT, SESSION, USER, find_order, openai_client, run
from ddtrace.llmobs import LLMObs
from ddtrace.llmobs.decorators import agent, tool


@tool(name="find_order")
def look_up(order_id: int) -> dict:
    result = find_order(order_id)
    LLMObs.annotate(input_data={"order_id": order_id}, output_data=result)
    return result


@agent(name=AGENT, session_id=SESSION)
def answer() -> None:
    LLMObs.annotate(tags={"user_id": USER})
    run(openai_client(), look_up)
    LLMObs.submit_evaluation(
        span=LLMObs.export_span(), label="user_rating", metric_type="score", value=1.0, reasoning="right"
    )


answer()
LLMObs.flush()
