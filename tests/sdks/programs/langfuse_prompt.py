"""A call with a managed prompt, in version 2 and today's."""

from langfuse import Langfuse

lf = Langfuse()
prompt = lf.get_prompt("answer-v3")
asked = [{"role": "user", "content": prompt.compile(order="1042")}]
if hasattr(lf, "trace"):
    lf.trace(name="support-agent").generation(name="answer", model="gpt-4.1-mini", input=asked, prompt=prompt).end()
else:
    with lf.start_as_current_observation(
        as_type="generation", name="answer", model="gpt-4.1-mini", input=asked, prompt=prompt
    ):
        pass
lf.flush()
