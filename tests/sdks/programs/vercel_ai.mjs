// Vercel's AI SDK with its own telemetry: a text with a tool, streamed where STREAM is set, and a call that fails.
import { createOpenAI } from '@ai-sdk/openai';
import { trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { generateText, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';

const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] });
provider.register();
const openai = createOpenAI({ baseURL: `${process.env.MODELS_URL}/v1`, apiKey: 'none' });
const find_order = tool({
  description: 'An order',
  inputSchema: z.object({ order_id: z.number() }),
  execute: async ({ order_id }) => ({ order: order_id, state: 'shipped' }),
});
const asking = {
  system: 'You help.',
  prompt: 'Where is order 1042?',
  maxRetries: 0,
  experimental_telemetry: {
    isEnabled: true,
    functionId: 'support-agent',
    metadata: { userId: 'ada', sessionId: 'session-7' },
  },
};

async function ask(more) {
  if (!process.env.STREAM) return generateText({ ...asking, ...more });
  let failure;
  const result = streamText({ ...asking, ...more, onError: ({ error }) => (failure = error) });
  await result.consumeStream();
  if (failure) throw failure;
}

await trace.getTracer('shop').startActiveSpan('support-agent', async (root) => {
  await ask({ model: openai.chat('gpt-4.1-mini'), tools: { find_order }, stopWhen: stepCountIs(3) });
  try {
    await ask({ model: openai.chat('gpt-4.1-mini-fails') });
  } catch (error) {
    if (!String(error).includes('this model is not here')) throw error;
  }
  root.end();
});
await provider.shutdown();
