"""OpenLLMetry: the SDK's decorators, and its instrumentation of the openai package."""

from agent_run import AGENT, SESSION, USER, find_order, openai_client, run
from traceloop.sdk import Traceloop
from traceloop.sdk.decorators import agent, tool
from traceloop.sdk.instruments import Instruments

Traceloop.init(app_name="shop", disable_batch=True, instruments={Instruments.OPENAI}, telemetry_enabled=False)
Traceloop.set_association_properties({"user_id": USER, "session_id": SESSION})


@tool(name="find_order")
def look_up(order_id: int) -> dict:
    return find_order(order_id)


@agent(name=AGENT)
def answer() -> str:
    return run(openai_client(), look_up)


answer()
