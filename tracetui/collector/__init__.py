"""The local collector: SDKs send over HTTP, and what they send is in a tracetui store before they are answered.

`listen` starts it · `server` is the socket and its limits · `gate` who may come in · `bodies` reads requests · one file per
protocol (`otlp`, `langfuse`, …) · `writer` the one thread that writes · `drafts` joins what belongs together · `counters`.

Needs the extra `collect`; nothing here is imported before somebody listens.
"""
