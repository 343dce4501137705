import { setTimeout } from 'node:timers/promises';
import { startPostgres, startRedis } from 'test-services';
import type { Random } from '../random.js';
import { PowerCut } from './power-cut.js';
import { startRecordingReceiver } from './recording-receiver.js';
import type { Replica } from './replica.js';
import { ReplicaSet } from './replica-set.js';
import { freshSpace, openStore, type OpenStore, type StoreAddress } from './store-address.js';
import { pagedByAlerting } from './storm-tally.js';

/** Which store, how it keeps data, and how it ends. */
export const storeEnds = [
  'postgres-killed',
  'redis-always-killed',
  'redis-everysec-killed',
  'redis-always-power',
  'redis-everysec-power',
] as const;
export type StoreEnd = (typeof storeEnds)[number];

/** In words. */
export const endTitles: Readonly<Record<StoreEnd, string>> = {
  'postgres-killed': 'Postgres, fsync on, kill -9',
  'redis-always-killed': 'Redis, appendfsync always, kill -9',
  'redis-everysec-killed': 'Redis, appendfsync everysec, kill -9',
  'redis-always-power': 'Redis, appendfsync always, power lost',
  'redis-everysec-power': 'Redis, appendfsync everysec, power lost',
};

/** What a store that ended and came back had lost. */
export interface StoreKill {
  /** Raises that were acknowledged to the raiser. */
  readonly acknowledged: number;
  /** Raises that failed, which the raiser knows. */
  readonly refused: number;
  /** Acknowledged, and not in the store afterwards. */
  readonly lost: number;
  /** Acknowledged, and paged neither before nor after. */
  readonly unpaged: number;
  /** Alerts that were paged more than once. */
  readonly pagedAgain: number;
  /** How long before the end the first of what was lost had been acknowledged, milliseconds; 0: nothing was. */
  readonly windowMillis: number;
}

const replicas = 3;
const callersPerReplica = 8;
const patienceMillis = 60_000;

type Service = Awaited<ReturnType<typeof startRedis>>;

function start(end: StoreEnd): Promise<Service> {
  if (end === 'postgres-killed') return startPostgres({ breakable: true });
  const persistence = end.includes('everysec') ? 'everysec' : 'always';
  return startRedis({ persistence, breakable: true });
}

/** Ends a store in the midst of raises from three replicas, starts it again, and counts. */
export async function killStore(end: StoreEnd, random: Random): Promise<StoreKill> {
  const service = await start(end);
  const kind = end === 'postgres-killed' ? 'postgres' : 'redis';
  const address: StoreAddress = { kind, url: service.url, space: freshSpace(), connections: 8 };
  const opened = await openStore(address);
  const receiver = await startRecordingReceiver({ answer: () => ({ status: 204 }) });
  const set = new ReplicaSet(
    { store: address, channels: [{ name: 'page', url: receiver.url('page'), concurrency: 32 }] },
    replicas,
  );
  try {
    await set.ready();
    const power = end.endsWith('power') ? await PowerCut.prepare(service.url) : null;
    const raiser = new Raiser(set.present);
    await setTimeout(random.whole(1500, 3500));
    const killedAt = performance.now();
    await service.kill();
    await power?.cut();
    await setTimeout(random.whole(0, 500));
    await service.start();
    await raiser.servedAgain();
    await raiser.stop();
    await drained(opened);
    await set.stop();
    const paged = new Map<string, number>();
    for (const { body } of receiver.requests) {
      for (const key of pagedByAlerting(body)) paged.set(key, (paged.get(key) ?? 0) + 1);
    }
    const kept = await keptKeys(opened);
    const { acknowledged, refused } = raiser;
    const lost = [...acknowledged].filter(([key]) => !kept.has(key));
    const first = Math.min(...lost.map(([, at]) => at));
    return {
      acknowledged: acknowledged.size,
      refused,
      lost: lost.length,
      unpaged: [...acknowledged.keys()].filter((key) => !paged.has(key)).length,
      pagedAgain: [...paged.values()].filter((count) => count > 1).length,
      windowMillis: lost.length === 0 ? 0 : killedAt - first,
    };
  } finally {
    await set.killAll();
    await receiver.close();
    await opened.close();
    await service.stop();
  }
}

/** Raises alert after alert at replicas, and knows when each was acknowledged. */
class Raiser {
  /** By key, when it was acknowledged. */
  readonly acknowledged = new Map<string, number>();
  refused = 0;
  readonly #callers: readonly Promise<void>[];
  #running = true;
  #served = 0;

  constructor(at: readonly Replica[]) {
    this.#callers = at.flatMap((replica) =>
      Array.from({ length: callersPerReplica }, (_, caller) =>
        this.#raise(replica, `${replica.name}-${caller}`),
      ),
    );
  }

  /** Resolves when raises are acknowledged again, and a while after. */
  async servedAgain(): Promise<void> {
    const before = this.#served;
    const deadline = performance.now() + patienceMillis;
    while (this.#served < before + 200) {
      if (performance.now() > deadline) throw new Error('raises fail although the store is back');
      await setTimeout(20);
    }
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#callers);
  }

  async #raise(replica: Replica, name: string): Promise<void> {
    for (let n = 0; this.#running; n += 1) {
      const key = `${name}-${n}`;
      try {
        await replica.ask({ call: 'raise', key, occurrenceId: key });
        this.acknowledged.set(key, performance.now());
        this.#served += 1;
      } catch {
        this.refused += 1;
        await setTimeout(20);
      }
    }
  }
}

async function drained({ store }: OpenStore): Promise<void> {
  const deadline = performance.now() + patienceMillis;
  for (;;) {
    const { pending } = await store.stats();
    const left = Object.values(pending).reduce((sum, count) => sum + count, 0);
    if (left === 0) return;
    if (performance.now() > deadline) throw new Error(`${left} pages are left`);
    await setTimeout(50);
  }
}

async function keptKeys({ store }: OpenStore): Promise<ReadonlySet<string>> {
  const kept = new Set<string>();
  let cursor: string | null = null;
  do {
    const page = await store.active({ limit: 1000, cursor });
    for (const { key } of page.items) kept.add(key);
    cursor = page.cursor;
  } while (cursor !== null);
  return kept;
}
