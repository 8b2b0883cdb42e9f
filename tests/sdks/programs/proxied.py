"""A package alone, sent through the proxy by the variable that `tracetui connect` prints, with Helicone's headers."""

import os

from agent_run import SESSION, USER, anthropic_client, openai_client, run, run_claude

TOLD = {"Helicone-Session-Id": SESSION, "Helicone-User-Id": USER}
if "ANTHROPIC_BASE_URL" in os.environ:
    run_claude(anthropic_client().with_options(default_headers=TOLD))
else:
    run(openai_client().with_options(default_headers=TOLD))
