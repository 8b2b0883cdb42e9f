"""The lines that `tracetui connect openai` and `anthropic` print, and then a program that knows nothing of them."""

import os

from agent_run import anthropic_client, openai_client, run, run_claude

names: dict = {}
exec(os.environ["RECIPE"], names)
if "AnthropicInstrumentor" in names:
    run_claude(anthropic_client())
else:
    run(openai_client())
names["provider"].shutdown()
