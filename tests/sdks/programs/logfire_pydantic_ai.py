"""pydantic-ai with Logfire: an agent with a tool, and a model that fails."""

import logfire
from agent_run import AGENT, FAILING, MODEL, MODELS_URL, QUESTION, SESSION, USER
from agent_run import find_order as look_up
from openai import AsyncOpenAI
from pydantic_ai import Agent
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

logfire.configure(send_to_logfire=False, console=False)
logfire.instrument_pydantic_ai()
provider = OpenAIProvider(openai_client=AsyncOpenAI(base_url=f"{MODELS_URL}/v1", api_key="none", max_retries=0))
agent = Agent(OpenAIChatModel(MODEL, provider=provider), name=AGENT, instructions="You help.")


@agent.tool_plain
def find_order(order_id: int) -> dict:
    return look_up(order_id)


# Logfire takes a session for a secret and scrubs it; the conversation of the agent stays.
with logfire.span("request", user_id=USER, session_id=SESSION):
    agent.run_sync(QUESTION, conversation_id=SESSION)
    try:
        agent.run_sync(QUESTION, model=OpenAIChatModel(FAILING, provider=provider), conversation_id=SESSION)
    except ModelHTTPError as error:
        assert "this model is not here" in str(error), error
logfire.force_flush()
