"""Runs in MLflow's own environment: makes traces, or says as JSON what `mlflow.get_trace` gives.

`make URI COUNT` prints trace ids; `read URI TRACE_ID` and `search URI FILTER` print what is there.
"""

from __future__ import annotations

import json
import sys

import mlflow
from mlflow.entities import SpanType


def make(count: int) -> list[str]:
    found = []
    for number in range(count):
        with mlflow.start_span(name="agent", span_type=SpanType.AGENT) as root:
            mlflow.update_current_trace(metadata={"mlflow.trace.user": f"user-{number}"}, tags={"shift": "night"})
            with mlflow.start_span(name="call", span_type=SpanType.CHAT_MODEL) as call:
                call.set_inputs({"messages": [{"role": "user", "content": f"question {number}"}]})
                call.set_outputs({"choices": [{"message": {"role": "assistant", "content": "answer"}}]})
                usage = {"input_tokens": 9, "output_tokens": 2, "total_tokens": 11}
                call.set_attribute("mlflow.chat.tokenUsage", usage)
            root.set_outputs("answer")
        found.append(root.trace_id)
    mlflow.flush_trace_async_logging()
    return found


def read(trace_id: str) -> list[dict[str, object]] | None:
    trace = mlflow.get_trace(trace_id)
    if trace is None:
        return None
    return [
        {
            "name": item.name, "value": item.value, "source": item.source.source_type, "author": item.source.source_id,
            "comment": item.rationale, "span_id": item.span_id, "valid": item.valid,
        }
        for item in trace.info.assessments
    ]  # fmt: skip


def search(text: str) -> list[str]:
    experiment = mlflow.set_experiment("peers").experiment_id
    found = mlflow.search_traces(locations=[experiment], filter_string=text, return_type="list")
    return [trace.info.trace_id for trace in found]


if __name__ == "__main__":
    command, uri, argument = sys.argv[1:4]
    mlflow.set_tracking_uri(uri)
    if command == "make":
        mlflow.set_experiment("peers")
    result = make(int(argument)) if command == "make" else read(argument) if command == "read" else search(argument)
    print("\n" + json.dumps(result))
