import { randomUUID } from 'node:crypto';
import type { AlertState } from '../alert.js';
import { AlertingConfigError, checkedNumber } from '../configuration.js';
import type { HistoryEntry } from '../history.js';
import { matches } from '../noise/silence.js';
import type { Silence } from '../noise/silence.js';
import {
  StoreFullError,
  type ActiveQuery,
  type AdvanceOutcome,
  type AlertChange,
  type AlertStore,
  type ChangeOutcome,
  type ClaimCommand,
  type ClaimOutcome,
  type Page,
  type PageQuery,
  type RaiseCommand,
  type RaiseOutcome,
  type Settlement,
  type SilenceCommand,
  type StoreStats,
} from '../store.js';
import { commandSender, type RedisClient } from './redis-client.js';
import { ScriptRunner } from './script-runner.js';
import {
  alertState,
  raiseArguments,
  silenceOf,
  silencesOf,
  wireJson,
  type StoredSilence,
  type StoredState,
} from './wire.js';

/** How the store reaches Redis, and its bounds. All replicas must give the same bounds. */
export interface RedisStoreOptions {
  /** A connected client of ioredis or node-redis, or a function that sends a command. */
  readonly client: RedisClient;
  /** What all keys begin with, in braces: a cluster keeps them on one node. Default `llm:alerting`. */
  readonly prefix?: string;
  /** For how long a command may go unanswered before it is rejected, milliseconds. Default 2000. */
  readonly commandTimeoutMillis?: number;
  /** Commands that may wait for an answer; more are rejected at once. Default 10 000. */
  readonly maxCommandsInFlight?: number;
  /** Alerts kept, resolved ones included; beyond it the longest resolved are forgotten. Default 200 000. */
  readonly maxAlerts?: number;
  /** Lines of history per alert; the oldest go first. Default 100. */
  readonly maxHistoryPerAlert?: number;
  /** How long a resolved alert and its history are kept, milliseconds. Default 7 days. */
  readonly retentionMillis?: number;
  /** Deliveries waiting per channel; more are dropped, recorded and counted. Default 200 000. */
  readonly maxPendingPerChannel?: number;
  /** Silences at a time. Default 10 000. */
  readonly maxSilences?: number;
  /** For tests: milliseconds added to Redis' clock, asked at each command. Default: none. */
  readonly testOffsetMillis?: () => number;
}

/** One script does at most so much, so that Redis serves others in between. */
const alertsPerAdvance = 200;
/** Active alerts read at a time when a query chooses among them. */
const alertsPerScan = 500;

/**
 * Everything in Redis 7 or later, shared by all replicas with the same prefix. Each method is one
 * script; `erase` is one for each portion of some 250 alerts. Redis must not evict keys
 * (`maxmemory-policy noeviction`); what a crash of Redis loses is what its persistence says.
 */
export class RedisStore implements AlertStore {
  readonly shared = true;
  readonly #runner: ScriptRunner;
  readonly #limits: readonly string[];
  readonly #testOffsetMillis: () => number;

  constructor(options: RedisStoreOptions) {
    const whole = (name: keyof RedisStoreOptions, fallback: number, max?: number): number =>
      checkedNumber(name, options[name] ?? fallback, {
        min: 1,
        integer: true,
        ...(max === undefined ? {} : { max }),
      });
    const { prefix = 'llm:alerting', testOffsetMillis = () => 0 } = options;
    if (typeof prefix !== 'string' || !/^[^{}]{1,200}$/.test(prefix)) {
      throw new AlertingConfigError('prefix', 'must be 1 to 200 characters without braces', prefix);
    }
    if (typeof testOffsetMillis !== 'function') {
      throw new AlertingConfigError('testOffsetMillis', 'must be a function', testOffsetMillis);
    }
    this.#testOffsetMillis = testOffsetMillis;
    this.#runner = new ScriptRunner({
      send: commandSender(options.client),
      key: `{${prefix}}`,
      // The longest that setTimeout can wait.
      commandTimeoutMillis: whole('commandTimeoutMillis', 2000, 2 ** 31 - 1),
      maxCommandsInFlight: whole('maxCommandsInFlight', 10_000),
    });
    this.#limits = [
      whole('maxAlerts', 200_000),
      whole('maxHistoryPerAlert', 100),
      whole('retentionMillis', 7 * 86_400_000),
      whole('maxPendingPerChannel', 200_000),
      whole('maxSilences', 10_000),
    ].map(String);
  }

  raise(command: RaiseCommand): Promise<RaiseOutcome> {
    return this.#run('raise', ...raiseArguments(command));
  }

  change(id: string, change: AlertChange): Promise<ChangeOutcome> {
    const { cause, ...rest } = change;
    const by = cause.by ?? null;
    return this.#run('change', id, wireJson({ ...rest, by }), wireJson(cause));
  }

  async advance(limit: number): Promise<AdvanceOutcome> {
    const channels = new Set<string>();
    let advanced = 0;
    for (;;) {
      const portion = Math.min(alertsPerAdvance, limit - advanced);
      const outcome = await this.#run<AdvanceOutcome>('advance', String(portion));
      for (const channel of outcome.channels) channels.add(channel);
      advanced += outcome.advanced;
      if (outcome.advanced < portion || advanced >= limit) {
        return { ...outcome, advanced, channels: [...channels] };
      }
    }
  }

  watch(command: RaiseCommand, withinMillis: number): Promise<{ readonly fired: boolean }> {
    return this.#run('watch', String(withinMillis), ...raiseArguments(command));
  }

  unwatch(id: string): Promise<boolean> {
    return this.#run('unwatch', id);
  }

  async claim(command: ClaimCommand): Promise<ClaimOutcome> {
    const outcome = await this.#run<
      Omit<ClaimOutcome, 'silences'> & { readonly silences: readonly StoredSilence[] | null }
    >('claim', wireJson(command));
    const { silences, now } = outcome;
    return { ...outcome, silences: silences === null ? null : silencesOf(silences, now) };
  }

  async renew(
    held: readonly { readonly id: string; readonly lease: string }[],
    leaseMillis: number,
  ): Promise<readonly string[]> {
    if (held.length === 0) return [];
    return this.#run('renew', String(leaseMillis), ...held.flatMap(({ id, lease }) => [id, lease]));
  }

  settle({ cause, ...settlement }: Settlement): Promise<boolean> {
    return this.#run('settle', wireJson(settlement), wireJson(cause));
  }

  async get(id: string): Promise<AlertState | null> {
    const { state, skew } = await this.#run<{
      readonly state: StoredState | null;
      readonly skew: number;
    }>('get', id);
    return state === null ? null : alertState(state, skew);
  }

  async active(query: ActiveQuery): Promise<Page<AlertState>> {
    const { limit, cursor, status, matchers = [] } = query;
    const chooses = status !== undefined || matchers.length > 0;
    const items: AlertState[] = [];
    let below = checkedCursor(cursor);
    let last = '';
    for (;;) {
      // One more than fits tells whether there is another page.
      const portion = chooses ? alertsPerScan : limit + 1;
      const { states, numbers, skew } = await this.#run<{
        readonly states: readonly (StoredState | null)[];
        readonly numbers: readonly number[];
        readonly skew: number;
      }>('active', String(portion), below);
      for (const [index, stored] of states.entries()) {
        if (stored === null || (status !== undefined && stored.status !== status)) continue;
        const state = alertState(stored, skew);
        if (!matches(matchers, state)) continue;
        if (items.length === limit) return { items, cursor: last };
        items.push(state);
        last = String(numbers[index]);
      }
      if (states.length < portion) return { items, cursor: null };
      below = String(numbers.at(-1));
    }
  }

  async history(id: string, query: PageQuery): Promise<Page<HistoryEntry>> {
    return this.#run('history', id, String(query.limit), checkedCursor(query.cursor));
  }

  occurrences(id: string, windowMillis: number): Promise<number> {
    return this.#run('occurrences', id, String(windowMillis));
  }

  async silence(command: SilenceCommand): Promise<Silence> {
    const { startsAt, durationMillis, ...silence } = command;
    const stored = await this.#run<StoredSilence>(
      'silence',
      command.id,
      wireJson(silence),
      startsAt === null ? '' : String(startsAt),
      durationMillis === null ? '' : String(durationMillis),
    );
    return silenceOf(stored);
  }

  unsilence(id: string): Promise<boolean> {
    return this.#run('unsilence', id);
  }

  async silences(): Promise<readonly Silence[]> {
    const { silences, now } = await this.#run<{
      readonly silences: readonly StoredSilence[];
      readonly now: number;
    }>('silences');
    return silencesOf(silences, now);
  }

  async erase(labels: Readonly<Record<string, string>>): Promise<number> {
    if (Object.keys(labels).length === 0) return 0;
    const wanted = wireJson(labels);
    let total = 0;
    let nextAlert = '0';
    let nextWatch = '0';
    while (nextAlert !== done || nextWatch !== done) {
      const portion = await this.#run<{
        readonly erased: number;
        readonly nextAlert: string;
        readonly nextWatch: string;
      }>('erase', wanted, nextAlert, nextWatch);
      total += portion.erased;
      ({ nextAlert, nextWatch } = portion);
    }
    return total;
  }

  stats(): Promise<StoreStats> {
    return this.#run('stats');
  }

  async #run<T>(method: string, ...args: readonly string[]): Promise<T> {
    const offset = String(this.#testOffsetMillis());
    const reply = await this.#runner.run(method, [offset, randomUUID(), ...this.#limits, ...args]);
    if (typeof reply === 'object' && reply !== null && 'full' in reply) {
      throw new StoreFullError(String(reply.full));
    }
    return reply as T;
  }
}

/** The cursor that an erasure ends with. */
const done = '-1';

function checkedCursor(cursor: string | null): string {
  if (cursor === null) return '';
  if (!/^\d{1,15}$/.test(cursor)) throw new RangeError(`not a cursor of this store: ${cursor}`);
  return cursor;
}
