"""A LangChain agent with a tool; LangSmith's tracing of it is switched on by variables alone."""

import openai
from agent_run import AGENT, FAILING, MODEL, MODELS_URL, QUESTION, SESSION, STREAM, USER
from agent_run import find_order as look_up
from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_core.tracers.langchain import wait_for_all_tracers
from langchain_openai import ChatOpenAI


@tool
def find_order(order_id: int) -> dict:
    """An order."""
    return look_up(order_id)


def model(name: str) -> ChatOpenAI:
    return ChatOpenAI(model=name, base_url=f"{MODELS_URL}/v1", api_key="none", max_retries=0, streaming=STREAM)


told = {"metadata": {"user_id": USER, "session_id": SESSION}, "run_name": AGENT}
create_agent(model(MODEL), [find_order], system_prompt="You help.").invoke(
    {"messages": [{"role": "user", "content": QUESTION}]}, told
)
try:
    model(FAILING).invoke(QUESTION, {"metadata": told["metadata"]})
except openai.BadRequestError as error:
    assert "this model is not here" in str(error), error
wait_for_all_tracers()
