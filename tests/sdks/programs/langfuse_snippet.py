"""Langfuse 2 as its users write it: a trace, a generation with its usage, a rating. Nothing here knows the collector."""

from langfuse import Langfuse

lf = Langfuse()
trace = lf.trace(name="support-agent", user_id="ada", session_id="session-7", metadata={"plan": "gold"})
gen = trace.generation(
    name="answer", model="claude-sonnet-4-5", input=[{"role": "user", "content": "Where is order 1042?"}]
)
gen.end(output="Order 1042 is on its way.", usage={"input": 100, "output": 20})
lf.score(trace_id=trace.id, name="user_rating", value=1, comment="right")
lf.flush()
