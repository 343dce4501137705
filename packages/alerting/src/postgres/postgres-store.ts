import type { AlertState } from '../alert.js';
import { checkedNumber } from '../configuration.js';
import type { HistoryEntry } from '../history.js';
import type { ClaimedNotification, Delivery, Notification } from '../notification.js';
import { matches, type Silence } from '../noise/silence.js';
import type {
  ActiveQuery,
  AdvanceOutcome,
  AlertChange,
  AlertStore,
  ChangeOutcome,
  ClaimCommand,
  ClaimOutcome,
  Page,
  PageQuery,
  RaiseCommand,
  RaiseOutcome,
  Settlement,
  SilenceCommand,
  StoreStats,
} from '../store.js';
import { storableJson } from './json.js';
import { stateOf, type AlertRow } from './alert-row.js';
import { checkedNames, nameOf, type NameOf, type PostgresNames } from './names.js';
import { RaiseBatches } from './raise-batches.js';
import {
  checkedDatabase,
  PostgresStoreError,
  statementRunner,
  type Queryable,
  type StatementOptions,
  type StatementRunner,
} from './statement.js';

/** A database and the bounds of what is kept in it; the same for all replicas. */
export interface PostgresStoreOptions extends PostgresNames, StatementOptions {
  /**
   * A pg Pool, or anything with `query(sql, params)`. Listen to a Pool's `error` event: without a
   * listener, an idle connection whose server stops ends the process.
   */
  readonly db: Queryable;
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
  /** For tests: what is added to Postgres' clock, milliseconds, asked anew at each call. Default 0. */
  readonly testOffsetMillis?: number | (() => number);
}

type ClaimedRow = Omit<Delivery, 'notifications'> & {
  readonly notifications: readonly (readonly [Notification, ClaimedNotification['current']])[];
};

/** How many rows are looked at in one go where regular expressions choose among them. */
const rowsPerSearch = 500;

/**
 * Alerts, timers and outbox in Postgres, shared by all replicas; `migrateAlerting` makes the tables.
 * Each call is one statement that runs a shipped function, on any connection and in no transaction;
 * raises that wait for one another share statements, four at a time.
 * Bounds are exact for one caller at a time; concurrent ones may exceed them by their number.
 *
 * Rejects with PostgresStoreError when the database cannot be reached, does not answer in time, or
 * has not been migrated, and with StoreFullError when there is no room.
 */
export class PostgresStore implements AlertStore {
  readonly shared = true;
  readonly #name: NameOf;
  readonly #run: StatementRunner;
  readonly #raises: RaiseBatches;
  readonly #limits: Readonly<Record<string, number>>;
  readonly #offset: () => number;

  constructor(options: PostgresStoreOptions) {
    const whole = (name: keyof PostgresStoreOptions, fallback: number): number =>
      checkedNumber(name, options[name] ?? fallback, { min: 1, integer: true });
    const { testOffsetMillis: offset = 0 } = options;
    if (typeof offset !== 'function') checkedNumber('testOffsetMillis', offset, { min: -Infinity });
    this.#offset = typeof offset === 'function' ? offset : () => offset;
    this.#name = nameOf(checkedNames(options));
    this.#run = statementRunner(checkedDatabase(options.db), options);
    this.#raises = new RaiseBatches((commands) => this.#raiseAll(commands), options);
    this.#limits = {
      maxAlerts: whole('maxAlerts', 200_000),
      maxHistoryPerAlert: whole('maxHistoryPerAlert', 100),
      retentionMillis: whole('retentionMillis', 7 * 86_400_000),
      maxPendingPerChannel: whole('maxPendingPerChannel', 200_000),
      maxSilences: whole('maxSilences', 10_000),
    };
  }

  raise(command: RaiseCommand): Promise<RaiseOutcome> {
    return this.#raises.raise(command);
  }

  change(id: string, change: AlertChange): Promise<ChangeOutcome> {
    return this.#call('change', { id, change });
  }

  async advance(limit: number): Promise<AdvanceOutcome> {
    const channels = new Set<string>();
    let advanced = 0;
    for (;;) {
      // A watch that is due takes a statement of its own: then there may be more.
      const outcome = await this.#call<AdvanceOutcome & { readonly again: boolean }>('advance', {
        limit: limit - advanced,
      });
      advanced += outcome.advanced;
      for (const channel of outcome.channels) channels.add(channel);
      if (!outcome.again || advanced >= limit) {
        return { advanced, channels: [...channels], nextDueInMillis: outcome.nextDueInMillis };
      }
    }
  }

  watch(command: RaiseCommand, withinMillis: number): Promise<{ readonly fired: boolean }> {
    return this.#call('watch', { command, withinMillis });
  }

  unwatch(id: string): Promise<boolean> {
    return this.#call('unwatch', { id });
  }

  async claim(command: ClaimCommand): Promise<ClaimOutcome> {
    const { deliveries, ...outcome } = await this.#call<
      Omit<ClaimOutcome, 'deliveries'> & { readonly deliveries: readonly ClaimedRow[] }
    >('claim', command);
    return {
      ...outcome,
      deliveries: deliveries.map(({ notifications, ...delivery }) => ({
        ...delivery,
        notifications: notifications.map(([body, current]) => ({ ...body, current })),
      })),
    };
  }

  renew(
    held: readonly { readonly id: string; readonly lease: string }[],
    leaseMillis: number,
  ): Promise<readonly string[]> {
    return this.#call('renew', { held: held.map(({ id, lease }) => ({ id, lease })), leaseMillis });
  }

  settle(settlement: Settlement): Promise<boolean> {
    return this.#call('settle', { settlement });
  }

  async get(id: string): Promise<AlertState | null> {
    const row = await this.#call<AlertRow | null>('get', { id });
    return row === null ? null : stateOf(row);
  }

  async active(query: ActiveQuery): Promise<Page<AlertState>> {
    const { limit, status = null, matchers = [] } = query;
    // Regular expressions are JavaScript's: Postgres' own mean something else.
    const plain = matchers.filter(({ op = '=' }) => !op.endsWith('~'));
    const patterns = matchers.filter(({ op = '=' }) => op.endsWith('~'));
    const rows = patterns.length === 0 ? limit + 1 : Math.max(limit + 1, rowsPerSearch);
    const found: (readonly [number, AlertState])[] = [];
    let cursor = checkedCursor(query.cursor);
    for (;;) {
      const page = await this.#call<readonly (readonly [number, AlertRow])[]>('active', {
        limit: rows,
        cursor,
        status,
        matchers: plain.map(({ label, op = '=', value }) => ({ label, op, value })),
      });
      for (const [opening, row] of page) {
        const state = stateOf(row);
        if (matches(patterns, state)) found.push([opening, state]);
      }
      const last = page.at(-1);
      if (found.length > limit || page.length < rows || last === undefined) {
        return pageOf(found, limit);
      }
      cursor = String(last[0]);
    }
  }

  async history(id: string, query: PageQuery): Promise<Page<HistoryEntry>> {
    const { limit } = query;
    const cursor = checkedCursor(query.cursor);
    return pageOf(await this.#call('history', { id, limit: limit + 1, cursor }), limit);
  }

  occurrences(id: string, windowMillis: number): Promise<number> {
    return this.#call('occurrences', { id, windowMillis });
  }

  silence(command: SilenceCommand): Promise<Silence> {
    return this.#call('silence', { command });
  }

  unsilence(id: string): Promise<boolean> {
    return this.#call('unsilence', { id });
  }

  silences(): Promise<readonly Silence[]> {
    return this.#call('silences', {});
  }

  async erase(labels: Readonly<Record<string, string>>): Promise<number> {
    if (Object.keys(labels).length === 0) return 0;
    let erased = 0;
    for (;;) {
      const step = await this.#call<{ readonly erased: number; readonly again: boolean }>('erase', {
        labels,
      });
      erased += step.erased;
      if (!step.again) return erased;
    }
  }

  stats(): Promise<StoreStats> {
    return this.#call('stats', {});
  }

  async #raiseAll(commands: readonly RaiseCommand[]): Promise<readonly RaiseOutcome[]> {
    const answers = await this.#call<
      readonly {
        readonly outcome: Omit<RaiseOutcome, 'channels'>;
        readonly channels: readonly string[];
      }[]
    >('raise_all', { commands }, 'raise');
    return answers.map(({ outcome, channels }) => ({ ...outcome, channels }));
  }

  /** `what` is what the caller asked for, in errors. */
  async #call<T>(name: string, parameters: object, what = name): Promise<T> {
    const offset = this.#offset();
    const json = storableJson({ ...this.#limits, ...parameters, offset });
    const sql = `SELECT ${this.#name(name)}($1::text) AS result`;
    const [row] = await this.#run(what, sql, [json]);
    const result = (row as { readonly result?: unknown } | undefined)?.result;
    if (typeof result !== 'string') {
      throw new PostgresStoreError(`Postgres, ${what}: the answer has no text "result"`, null);
    }
    return JSON.parse(result) as T;
  }
}

function checkedCursor(cursor: string | null): string | null {
  if (cursor !== null && !/^\d{1,18}$/.test(cursor)) {
    throw new RangeError(`not a cursor of this store: ${cursor}`);
  }
  return cursor;
}

function pageOf<T>(rows: readonly (readonly [number, T])[], limit: number): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map(([, item]) => item),
    cursor: rows.length > limit && last !== undefined ? String(last[0]) : null,
  };
}
