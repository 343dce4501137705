import { subscribe } from 'node:diagnostics_channel';
// eslint-disable-next-line @nx/enforce-module-boundaries -- it is the service that has to load it late
import { observeOpenAI } from '@llm/tracing/openai';
import { NodeTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-node';
import OpenAI from 'openai';

/** Takes spans and lets go of them, so that what is measured is not an exporter. */
const idleProcessor: SpanProcessor = {
  onStart: () => undefined,
  onEnd: () => undefined,
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

/** Sets an SDK up that samples everything. */
export function setUpSdk(): NodeTracerProvider {
  const provider = new NodeTracerProvider({ spanProcessors: [idleProcessor] });
  provider.register();
  return provider;
}

/** Has somebody listen to the records of model calls. */
export function takeRecords(): void {
  subscribe('llm:inference', () => undefined);
}

export const chat = {
  model: 'gpt-4o',
  messages: [{ role: 'user' as const, content: 'Say something' }],
  temperature: 0.5,
  stream: true as const,
};

/** A client whose requests are answered within the process, wrapped or bare. */
export function localClient(wrapped: boolean, body: () => ReadableStream<Uint8Array>): OpenAI {
  const client = new OpenAI({
    apiKey: 'k',
    baseURL: 'http://127.0.0.1:1/v1',
    fetch: () =>
      Promise.resolve(new Response(body(), { headers: { 'content-type': 'text/event-stream' } })),
  });
  return wrapped ? observeOpenAI(client) : client;
}
