import { BoundedCall } from './bounded-call.js';
import { MetricsConfigurationError, functionOption, integerOption } from './configuration.js';
import { evaluate, script } from './redis-activity-scripts.js';
import { type RedisClient, type RedisCommand, redisCommand } from './redis-client.js';

/** Totals by name. */
export type Totals = Readonly<Record<string, number>>;

/** How totals are kept. */
export interface ReplicaTotalsOptions {
  /** A connected ioredis or node-redis client, or `{ call(command, ...args) }`; it stays yours to close. Default none: the totals are those of this process. */
  readonly client?: RedisClient | undefined;
  /** The key of the totals; replicas with the same one add up. Default `llm:totals`. */
  readonly key?: string | undefined;
  /** Time between two writes to Redis, in ms. Default 200. */
  readonly flushIntervalMillis?: number | undefined;
  /** How long one Redis command may take, in ms. Default 1000. */
  readonly commandDeadlineMillis?: number | undefined;
  /** Most names that are gathered between two writes; more are dropped and counted. Default 10000. */
  readonly maxNames?: number | undefined;
  /** Told when Redis does not answer any more, with why, and when it does again; what it throws is ignored. Default none. */
  readonly onChange?: ((answering: boolean, error: unknown) => void) | undefined;
}

/** What became of what was added in this process. */
export interface ReplicaTotalsStats {
  /** Amounts that Redis took, a name's of one write together. */
  readonly written: number;
  /** Amounts that Redis did not take, or for which there was no place: lost. */
  readonly dropped: number;
  /** 1 while Redis answers, else 0. */
  readonly answering: number;
}

/** What was added between two readings. */
export interface TotalsGrowth {
  readonly seconds: number;
  /** Of one name. A total that is lower than before was begun anew and counts from 0, as a counter of Prometheus does. */
  readonly of: (name: string) => number;
}

/** Totals that only grow: what all replicas added. */
export interface ReplicaTotals {
  /** Adds to a total; never throws and waits for nothing. What is no finite number is dropped and counted. */
  add(name: string, amount: number): void;
  /** Adds what a counter of this process has grown by since it was last told here. */
  addUpTo(name: string, count: number): void;
  /** What all replicas added. Rejects when Redis does not answer. */
  read(): Promise<Totals>;
  /** A function that reads, and tells what was added since it last did; null the first time. It rejects as `read` does. */
  follow(): () => Promise<{ readonly totals: Totals; readonly growth: TotalsGrowth | null }>;
  /** Whether Redis answers: true until it failed twice in a row. */
  readonly answering: boolean;
  stats(): ReplicaTotalsStats;
  /** Writes what is left; never rejects. */
  close(): Promise<void>;
}

/** What is added, and how it is read: by Redis, or in this process. */
type TotalsStore = Pick<ReplicaTotals, 'add' | 'read' | 'answering' | 'stats' | 'close'>;

/** One failure may be a connection that is being made. */
const failuresUntilTold = 2;
const keptMillis = 86_400_000;

/** KEYS: the hash. ARGV: how long it is kept, `1` to read it, then (name, amount) pairs. */
const exchangeScript = script(`
for i = 3, #ARGV, 2 do redis.call('HINCRBYFLOAT', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
if ARGV[2] == '1' then return redis.call('HGETALL', KEYS[1]) end
return {}
`);

/**
 * Totals that replicas add up, in one hash of Redis that is gone a day after it was last used: for a page, or a monitor, that
 * is about all of them. What is added is gathered and written a few times a second, and before each reading. What Redis
 * does not take is dropped: written later it would look like a burst.
 *
 * @throws MetricsConfigurationError for a bad option.
 */
export function createReplicaTotals(options: ReplicaTotalsOptions = {}): ReplicaTotals {
  const { client, key = 'llm:totals' } = options;
  if (typeof key !== 'string' || key === '') {
    throw new MetricsConfigurationError('key', key, 'a non-empty string');
  }
  const checked = {
    key,
    flushMillis: integerOption('flushIntervalMillis', options.flushIntervalMillis, 200, 1),
    deadline: integerOption('commandDeadlineMillis', options.commandDeadlineMillis, 1000, 1),
    maxNames: integerOption('maxNames', options.maxNames, 10_000, 1),
    onChange: functionOption('onChange', options.onChange),
  };
  const store =
    client === undefined ? processTotals(checked) : redisTotals(redisCommand(client), checked);
  const counted = new Map<string, number>();
  /** Counters that there was no place for. */
  let refused = 0;
  return {
    add: (name, amount) => store.add(name, amount),
    addUpTo(name, count) {
      const before = counted.get(name) ?? 0;
      if (!counted.has(name) && counted.size >= checked.maxNames) {
        refused += 1;
        return;
      }
      counted.set(name, count);
      if (count !== before) store.add(name, count < before ? count : count - before);
    },
    read: () => store.read(),
    follow() {
      let before: { readonly at: number; readonly totals: Totals } | undefined;
      return async () => {
        const totals = await store.read();
        const [from, at] = [before, performance.now()];
        before = { at, totals };
        if (from === undefined) return { totals, growth: null };
        const of = (name: string): number => growthOf(from.totals[name], totals[name]);
        return { totals, growth: { seconds: (at - from.at) / 1000, of } };
      };
    },
    get answering() {
      return store.answering;
    },
    stats() {
      const stats = store.stats();
      return { ...stats, dropped: stats.dropped + refused };
    },
    close: () => store.close(),
  };
}

function growthOf(before = 0, after = 0): number {
  return after < before ? after : after - before;
}

interface StoreOptions {
  readonly key: string;
  readonly flushMillis: number;
  readonly deadline: number;
  readonly maxNames: number;
  readonly onChange: ReplicaTotalsOptions['onChange'];
}

/** Adds within bounds; false where there is no place, or no number. */
function addTo(sums: Map<string, number>, name: string, amount: number, maxNames: number): boolean {
  if (!Number.isFinite(amount)) return false;
  const before = sums.get(name);
  if (before === undefined && sums.size >= maxNames) return false;
  sums.set(name, (before ?? 0) + amount);
  return true;
}

function processTotals({ maxNames }: StoreOptions): TotalsStore {
  const sums = new Map<string, number>();
  let dropped = 0;
  return {
    add(name, amount) {
      if (!addTo(sums, name, amount, maxNames)) dropped += 1;
    },
    read: () => Promise.resolve(Object.fromEntries(sums)),
    answering: true,
    stats: () => ({ written: 0, dropped, answering: 1 }),
    close: () => Promise.resolve(),
  };
}

function redisTotals(command: RedisCommand, options: StoreOptions): TotalsStore {
  const { key, flushMillis, deadline, maxNames, onChange } = options;
  let pending = new Map<string, number>();
  let [written, dropped, failures] = [0, 0, 0];
  let answering = true;

  const exchange = (reads: boolean): (() => Promise<Totals>) => {
    const bounded = new BoundedCall(async () => {
      const added = pending;
      pending = new Map();
      const pairs = [...added].flatMap(([name, amount]) => [name, String(amount)]);
      const args = [String(keptMillis), reads ? '1' : '0', ...pairs];
      try {
        const totals = totalsOf(await evaluate(command, exchangeScript, key, args));
        written += added.size;
        return totals;
      } catch (error) {
        dropped += added.size;
        throw error;
      }
    }, deadline);
    let underWay: Promise<Totals> | undefined;
    return () => {
      const run = bounded.call();
      // Callers at the same time share a run, which counts once; one that hangs counts for each later call that it fails.
      if (run !== underWay) {
        underWay = run;
        run.then(
          () => heard(true),
          (error: unknown) => {
            underWay = undefined;
            heard(false, error);
          },
        );
      }
      return run;
    };
  };
  const heard = (answers: boolean, error?: unknown): void => {
    failures = answers ? 0 : failures + 1;
    const was = answering;
    answering = failures < failuresUntilTold;
    if (answering !== was) tell(answering, error);
  };
  const tell = (now: boolean, error: unknown): void => {
    try {
      onChange?.(now, error);
    } catch {
      // The host's own reporter failed; there is nobody left to tell.
    }
  };
  const read = exchange(true);
  const write = exchange(false);
  const flush = async (): Promise<void> => {
    if (pending.size > 0) await write().catch(() => undefined);
  };
  const timer = setInterval(() => void flush(), flushMillis).unref();

  return {
    add(name, amount) {
      if (!addTo(pending, name, amount, maxNames)) dropped += 1;
    },
    read,
    get answering() {
      return answering;
    },
    stats: () => ({ written, dropped, answering: answering ? 1 : 0 }),
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}

/** Redis answers with names and totals in turn. */
function totalsOf(answer: unknown): Totals {
  const flat = answer as readonly unknown[];
  const totals: [string, number][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) {
    totals.push([String(flat[at]), Number(flat[at + 1])]);
  }
  return Object.fromEntries(totals);
}
