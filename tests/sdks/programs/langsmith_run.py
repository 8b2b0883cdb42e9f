"""LangSmith: `traceable` functions, the wrapped openai client, feedback."""

from agent_run import AGENT, SESSION, USER, find_order, openai_client, run
from langsmith import Client, get_current_run_tree, traceable
from langsmith.wrappers import wrap_openai

client = Client()
tool = traceable(run_type="tool", name="find_order", client=client)(find_order)


@traceable(name=AGENT, client=client, metadata={"user_id": USER, "session_id": SESSION})
def agent() -> str:
    tree = get_current_run_tree()
    answer = run(wrap_openai(openai_client()), tool)
    client.create_feedback(tree.id, key="user_rating", score=1, comment="right", trace_id=tree.trace_id)
    return answer


agent()
client.flush()
