import { setTimeout } from 'node:timers/promises';
import type { HistoryEntry } from '@llm/alerting';
import pg from 'pg';
import { Random } from '../random.js';
import {
  drawScripts,
  episodesOf,
  expectedOf,
  roundPolicies,
  type AlertScript,
  type Expected,
} from './alert-script.js';
import { crashVerdict, keyedChannel, plainChannel, type CrashVerdict } from './crash-verdict.js';
import { drawFaults, FaultMaker } from './faults.js';
import { startRecordingReceiver, type RecordingReceiver } from './recording-receiver.js';
import { ReplicaSet } from './replica-set.js';
import type { ReplicaRequest } from './replica-messages.js';
import { freshSpace, openStore, type OpenStore, type StoreAddress } from './store-address.js';

/** What a round did, and what came of it. */
export interface CrashRound extends CrashVerdict {
  readonly seed: number;
  readonly alerts: number;
  readonly kills: number;
  readonly pauses: number;
  readonly leaseMillis: number;
  readonly millis: number;
}

const replicas = 3;
/** Operations begin within so long, and faults come within so long. */
const spanMillis = 900;
/** An answer that takes longer is not waited for: the operation is repeated at another replica. */
const answerMillis = 700;
/** What is not there after so long is lost. */
const patienceMillis = 30_000;

/** One round: replicas that are killed and paused while alerts are raised, and what the receivers got. */
export async function crashRound(
  kind: 'redis' | 'postgres',
  url: string,
  seed: number,
): Promise<CrashRound> {
  const begun = performance.now();
  const random = new Random(seed);
  const scripts = drawScripts(random.fork(), 40);
  const leaseMillis = random.pick([400, 700, 1000]);
  const faults = drawFaults(random.fork(), { replicas, leaseMillis, spanMillis });
  const answers = random.fork();
  const address: StoreAddress = { kind, url, space: freshSpace(), connections: 4 };
  const opened = await openStore(address);
  const channels = [keyedChannel, plainChannel];
  let maker: FaultMaker | undefined;
  const receiver = await startRecordingReceiver({
    answer: () => ({
      status: answers.chance(0.04) ? 503 : 204,
      delayMillis: answers.chance(0.02) ? 1200 : answers.pick([0, 0, 5, 20, 60, 250]),
    }),
    onRequest: (request) => maker?.onRequest(request),
    onAnswer: (request) => maker?.onAnswer(request),
  });
  const set = new ReplicaSet(
    {
      store: address,
      channels: channels.map((name) => ({ name, url: receiver.url(name) })),
      policies: roundPolicies(channels),
      retry: { minMillis: 50, maxMillis: 400 },
      leaseMillis,
      pollIntervalMillis: 100,
    },
    replicas,
  );
  try {
    await set.ready();
    maker = new FaultMaker(set, faults, random.fork());
    maker.start();
    const operate = new Operator(set, maker, random.fork());
    await Promise.all(scripts.map((script) => operate.perform(script)));
    await maker.over();
    await set.ready();
    const expected = scripts.flatMap(expectedOf);
    await quiet(opened, receiver, expected, performance.now() + patienceMillis);
    await set.stop();
    const verdict = crashVerdict({
      expected,
      requests: receiver.requests,
      replicas: set.all,
      histories: await historiesOf(opened, scripts),
    });
    const { kills, pauses } = maker;
    const millis = performance.now() - begun;
    return { seed, alerts: scripts.length, kills, pauses, leaseMillis, millis, ...verdict };
  } finally {
    await set.killAll();
    await receiver.close();
    await opened.close();
    if (kind === 'postgres') await dropSchema(url, address.space);
  }
}

/** Performs scripts at replicas, repeating at another what was not answered. */
class Operator {
  readonly #set: ReplicaSet;
  readonly #maker: FaultMaker;
  readonly #random: Random;

  constructor(set: ReplicaSet, maker: FaultMaker, random: Random) {
    this.#set = set;
    this.#maker = maker;
    this.#random = random;
  }

  async perform(script: AlertScript): Promise<void> {
    const random = this.#random.fork();
    const episodes = episodesOf(script);
    await setTimeout(random.whole(0, spanMillis));
    for (const [index, operation] of script.operations.entries()) {
      const { key, labels } = script;
      // By its number a repeated raise is known; an episode keeps a late repetition from a newer one.
      const request: ReplicaRequest =
        operation === 'raise'
          ? { call: 'raise', key, labels, occurrenceId: `${key}#${index}` }
          : { call: operation, key, episode: episodes[index] ?? 0 };
      await this.#ask(request, random);
      await setTimeout(random.whole(0, key.startsWith('timed-') ? 700 : 120));
    }
  }

  async #ask(request: ReplicaRequest, random: Random): Promise<void> {
    const deadline = performance.now() + patienceMillis;
    let problem: unknown;
    while (performance.now() < deadline) {
      const replica = await this.#set.serving(random);
      const answer = replica.ask(request);
      this.#maker.onHanded(replica);
      const late = new AbortController();
      try {
        await Promise.race([
          answer,
          setTimeout(answerMillis, null, { signal: late.signal }).then(() => {
            throw new Error(`no answer within ${answerMillis} ms`);
          }),
        ]);
        return;
      } catch (error) {
        problem = error;
      } finally {
        late.abort();
      }
    }
    throw new Error(`${JSON.stringify(request)} was answered by nobody`, { cause: problem });
  }
}

/** Waits until nothing is left to deliver and everything expected is there, or until the deadline. */
async function quiet(
  { store }: OpenStore,
  receiver: RecordingReceiver,
  expected: readonly Expected[],
  deadline: number,
): Promise<void> {
  const wanted = expected.filter(({ certain }) => certain).length;
  for (;;) {
    const { pending } = await store.stats();
    const left = Object.values(pending).reduce((sum, count) => sum + count, 0);
    if ((left === 0 && counted(receiver) >= 2 * wanted) || performance.now() > deadline) return;
    await setTimeout(20);
  }
}

/** Different notifications that were taken, over both channels. */
function counted(receiver: RecordingReceiver): number {
  const seen = new Set<string>();
  for (const { channel, body, taken } of receiver.requests) {
    if (!taken) continue;
    const { notifications } = JSON.parse(body) as {
      notifications: readonly {
        kind: string;
        step: string | null;
        alert: { key: string; episode: number };
      }[];
    };
    for (const { kind, step, alert } of notifications) {
      seen.add([channel, alert.key, alert.episode, kind, step].join(' '));
    }
  }
  return seen.size;
}

async function historiesOf(
  { store }: OpenStore,
  scripts: readonly AlertScript[],
): Promise<ReadonlyMap<string, readonly HistoryEntry[]>> {
  const histories = new Map<string, readonly HistoryEntry[]>();
  for (const { key } of scripts) {
    const { items } = await store.history(key, { limit: 1000, cursor: null });
    histories.set(key, [...items].reverse());
  }
  return histories;
}

async function dropSchema(url: string, schema: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
  await client.end();
}
