"""OpenInference's instrumentation of the anthropic package, with its decorators for the agent and the tool."""

from agent_run import AGENT, SESSION, USER, anthropic_client, find_order, run_claude
from openinference.instrumentation import OITracer, TraceConfig, using_attributes
from openinference.instrumentation.anthropic import AnthropicInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
AnthropicInstrumentor().instrument(tracer_provider=provider)
tracer = OITracer(provider.get_tracer("agent"), TraceConfig())
tool = tracer.tool(name="find_order")(find_order)


@tracer.agent(name=AGENT)
def agent() -> str:
    return run_claude(anthropic_client(), tool)


with using_attributes(session_id=SESSION, user_id=USER):
    agent()
provider.shutdown()
