"""OpenTelemetry's own GenAI instrumentation of the openai package, and spans of the agent and its tool by hand."""

import json

from agent_run import AGENT, SESSION, USER, find_order, openai_client, run
from opentelemetry import trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

spans, logs = TracerProvider(), LoggerProvider()
spans.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
trace.set_tracer_provider(spans)
set_logger_provider(logs)
OpenAIInstrumentor().instrument()
tracer = trace.get_tracer("agent")


def tool(order_id: int) -> dict:
    with tracer.start_as_current_span("execute_tool find_order") as span:
        span.set_attribute("gen_ai.operation.name", "execute_tool")
        span.set_attribute("gen_ai.tool.name", "find_order")
        span.set_attribute("gen_ai.tool.call.arguments", json.dumps({"order_id": order_id}))
        result = find_order(order_id)
        span.set_attribute("gen_ai.tool.call.result", json.dumps(result))
        return result


with tracer.start_as_current_span(f"invoke_agent {AGENT}") as root:
    root.set_attribute("gen_ai.operation.name", "invoke_agent")
    root.set_attribute("gen_ai.agent.name", AGENT)
    root.set_attribute("user.id", USER)
    root.set_attribute("gen_ai.conversation.id", SESSION)
    run(openai_client(), tool)
spans.shutdown()
logs.shutdown()
