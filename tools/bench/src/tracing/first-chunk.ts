import { fork } from 'node:child_process';
// eslint-disable-next-line @nx/enforce-module-boundaries -- it is the service that has to load it late
import { observeOpenAI } from '@llm/tracing/openai';
import OpenAI from 'openai';
import { chat, setUpSdk, takeRecords } from './model-client.js';

/** Milliseconds to the first chunk of each stream, in pairs that were read one right after the other. */
export interface FirstChunks {
  readonly bare: readonly number[];
  readonly wrapped: readonly number[];
}

/** Reads so many streams with each of two clients, a bare and a wrapped one, over HTTP. */
export async function firstChunks(streams: number): Promise<FirstChunks> {
  setUpSdk();
  takeRecords();
  const server = fork(new URL('./stream-server.js', import.meta.url));
  const url = await new Promise<string>((resolve) => server.once('message', resolve));
  const newClient = (): OpenAI => new OpenAI({ apiKey: 'k', baseURL: `${url}/v1` });
  const clients = { bare: newClient(), wrapped: observeOpenAI(newClient()) };
  const timed = async (client: OpenAI): Promise<number> => {
    const startedAt = performance.now();
    let first = NaN;
    const stream = await client.chat.completions.create(chat);
    for await (const { choices } of stream) {
      if (choices.length > 0 && Number.isNaN(first)) first = performance.now() - startedAt;
    }
    return first;
  };
  const times: Record<keyof typeof clients, number[]> = { bare: [], wrapped: [] };
  const warm = 1000;
  for (let stream = -warm; stream < streams; stream++) {
    // In turns, so that whatever else the machine does meets both.
    const sides =
      stream % 2 === 0 ? (['bare', 'wrapped'] as const) : (['wrapped', 'bare'] as const);
    for (const side of sides) {
      const millis = await timed(clients[side]);
      if (stream >= 0) times[side].push(millis);
    }
  }
  server.kill();
  return times;
}
