import type OpenAI from 'openai';
import { cpuMicros } from './cpu-micros.js';
import { chat, localClient, setUpSdk, takeRecords } from './model-client.js';
import { sentChunks, sentEnd } from './sent-chunks.js';

/** CPU µs that a chunk costs more with the wrapper, an SDK and a subscriber. */
export async function chunkCost(rounds: number): Promise<number[]> {
  setUpSdk();
  takeRecords();
  const batch = sentChunks(100);
  const batches = 200;
  const clients = [false, true].map((wrapped) =>
    localClient(wrapped, () => {
      let sent = 0;
      return new ReadableStream({
        pull(controller) {
          if (sent++ < batches) controller.enqueue(batch);
          else {
            controller.enqueue(sentEnd);
            controller.close();
          }
        },
      });
    }),
  );
  const run = async (client: OpenAI): Promise<number> => {
    const startedAt = cpuMicros();
    let chunks = 0;
    for await (const { choices } of await client.chat.completions.create(chat)) {
      chunks += choices.length;
    }
    return (cpuMicros() - startedAt) / chunks;
  };
  return differences(clients, rounds, run);
}

/** What the second costs more than the first, round by round, taken in turns. */
async function differences<T>(
  [bare, wrapped]: readonly T[],
  rounds: number,
  run: (subject: T) => Promise<number>,
): Promise<number[]> {
  const values: number[] = [];
  for (let round = -2; round < rounds; round++) {
    const first = await run((round % 2 === 0 ? bare : wrapped) as T);
    const second = await run((round % 2 === 0 ? wrapped : bare) as T);
    if (round >= 0) values.push(round % 2 === 0 ? second - first : first - second);
  }
  return values;
}
