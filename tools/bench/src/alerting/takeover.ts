import { setTimeout } from 'node:timers/promises';
import type { Random } from '../random.js';
import { startRecordingReceiver, type ReceivedRequest } from './recording-receiver.js';
import { ReplicaSet } from './replica-set.js';
import { replicaHeader } from './replica-messages.js';
import { idempotencyKeyOf } from './storm-tally.js';
import { freshSpace, openStore, type StoreAddress } from './store-address.js';

/** What became of the work that a killed replica held, milliseconds from its end. */
export interface Takeover {
  /** How many pages it was sending. */
  readonly held: number;
  /** Until the first of them came from another replica. */
  readonly firstMillis: number;
  /** Until all of them had. */
  readonly lastMillis: number;
}

const replicas = 3;
const alertsPerRound = 12;
const patienceMillis = 30_000;

/**
 * Kills the replica that sends, round after round, while the receiver lets everybody wait; from the kill
 * on it answers at once. Replicas have default leases and polls.
 */
export async function* takeovers(
  kind: 'redis' | 'postgres',
  url: string,
  rounds: number,
  random: Random,
): AsyncGenerator<Takeover> {
  const address: StoreAddress = { kind, url, space: freshSpace(), connections: 4 };
  const { close } = await openStore(address);
  let release: (() => void)[] = [];
  let holding = true;
  const receiver = await startRecordingReceiver({
    answer: () => ({
      status: 204,
      until: holding ? new Promise<void>((resolve) => release.push(resolve)) : null,
    }),
  });
  const set = new ReplicaSet(
    {
      store: address,
      channels: [{ name: 'page', url: receiver.url('page'), timeoutMillis: 60_000 }],
    },
    replicas,
  );
  try {
    for (let round = 0; round < rounds; round += 1) {
      await set.ready();
      holding = true;
      const from = receiver.requests.length;
      const seen = (): readonly ReceivedRequest[] => receiver.requests.slice(from);
      for (let n = 0; n < alertsPerRound; n += 1) {
        const key = `takeover-${round}-${n}`;
        await (await set.serving(random)).ask({ call: 'raise', key, occurrenceId: key });
      }
      await until(() => seen().length === alertsPerRound, 'every page is being sent');
      await setTimeout(random.whole(0, 1500));
      const sender = random.pick(seen()).headers[replicaHeader];
      const victim = set.present.find(({ name }) => name === sender);
      if (victim === undefined) throw new Error(`nobody is called ${String(sender)}`);
      const held = new Set(
        seen()
          .filter(({ headers }) => headers[replicaHeader] === sender)
          .map(idempotencyKeyOf),
      );
      holding = false;
      set.kill(victim, 0);
      const killedAt = performance.now();
      for (const answer of release) answer();
      release = [];
      const taken = new Map<string, number>();
      await until(
        () => {
          for (const request of seen()) {
            const id = idempotencyKeyOf(request);
            const isOthers = request.headers[replicaHeader] !== sender;
            if (isOthers && held.has(id) && !taken.has(id)) taken.set(id, request.at - killedAt);
          }
          return taken.size === held.size;
        },
        `all ${held.size} pages of ${String(sender)} have come from others`,
      );
      const times = [...taken.values()];
      yield { held: held.size, firstMillis: Math.min(...times), lastMillis: Math.max(...times) };
    }
    await set.stop();
  } finally {
    await set.killAll();
    await receiver.close();
    await close();
  }
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + patienceMillis;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not within ${patienceMillis} ms: ${what}`);
    await setTimeout(2);
  }
}
