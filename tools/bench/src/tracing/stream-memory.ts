import { SpanKind, trace, type Span } from '@opentelemetry/api';
import { chat, localClient, setUpSdk, takeRecords } from './model-client.js';
import { sentChunks } from './sent-chunks.js';

/** What is done about open streams. */
export type StreamWay = 'bare' | 'records' | 'spans and records' | 'bare spans';

/** Bytes of heap for each of 10,000 streams of which one chunk has been read. */
export async function streamMemory(way: StreamWay): Promise<number[]> {
  if (way === 'spans and records' || way === 'bare spans') setUpSdk();
  if (way === 'records' || way === 'spans and records') takeRecords();
  const first = sentChunks(1);
  const client = localClient(
    way === 'records' || way === 'spans and records',
    () => new ReadableStream({ start: (controller) => controller.enqueue(first) }),
  );
  const count = 10_000;
  const held: unknown[] = new Array<unknown>(count);
  const open = async (at: number): Promise<void> => {
    const ask = () => client.chat.completions.create(chat);
    const tracer = trace.getTracer('bench');
    let span: Span | undefined;
    const stream = await (way === 'bare spans'
      ? tracer.startActiveSpan(
          'chat gpt-4o',
          { kind: SpanKind.CLIENT, attributes: requestAttributes() },
          (active) => {
            span = active;
            return ask();
          },
        )
      : ask());
    const steps = stream[Symbol.asyncIterator]();
    await steps.next();
    held[at] = [stream, steps, span];
  };
  // What is made once, such as compiled code, is not a stream's.
  for (let at = 0; at < 500; at++) await open(at);
  held.fill(undefined);
  const before = await settledHeap();
  for (let at = 0; at < count; at++) await open(at);
  const bytes = ((await settledHeap()) - before) / count;
  return held.length === count ? [bytes] : [];
}

async function settledHeap(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().heapUsed;
}

function requestAttributes(): Record<string, string | number | boolean> {
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4o',
    'gen_ai.request.temperature': 0.5,
    'gen_ai.request.stream': true,
    'server.address': '127.0.0.1',
    'server.port': 1,
  };
}
