import { describe, expect, it } from 'vitest';
import { MemoryStore, StoreFullError } from '../../src/index.js';
import { PostgresStore, PostgresStoreError } from '../../src/postgres.js';
import { RaiseBatches } from '../../src/postgres/raise-batches.js';
import type { RaiseCommand, RaiseOutcome } from '../../src/store.js';
import { testPlan, testRaise } from '../../src/testing/commands.js';
import { databaseOfTests } from './fresh-store.js';

const page = { limit: 1000, cursor: null };

/** Statements that end when the test says so; each raises in a store in memory. */
class Statements {
  readonly store = new MemoryStore();
  readonly sent: string[][] = [];
  readonly #open: (() => void)[] = [];
  fault: (keys: readonly string[]) => Error | null = () => null;

  readonly run = async (commands: readonly RaiseCommand[]): Promise<readonly RaiseOutcome[]> => {
    const keys = commands.map(({ key }) => key);
    this.sent.push(keys);
    await new Promise<void>((resolve) => this.#open.push(resolve));
    const fault = this.fault(keys);
    if (fault !== null) throw fault;
    return Promise.all(commands.map((command) => this.store.raise(command)));
  };

  /** Ends what is under way and what follows from it. */
  async endAll(): Promise<void> {
    while (this.#open.length > 0) {
      for (const end of this.#open.splice(0)) end();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

const keys = (count: number): string[] => Array.from({ length: count }, (_, n) => `k${n}`);
const code = (sqlState: string): Error => new PostgresStoreError('refused', sqlState);

describe('raises that wait for one another', () => {
  it('go at once when alone, and share statements when four are under way', async () => {
    const statements = new Statements();
    const batches = new RaiseBatches(statements.run, {});
    const raised: Promise<RaiseOutcome>[] = [];
    for (const key of keys(4)) {
      raised.push(batches.raise(testRaise(key)));
      await Promise.resolve();
    }
    expect(statements.sent).toEqual([['k0'], ['k1'], ['k2'], ['k3']]);
    for (const key of ['x', 'y', 'z']) raised.push(batches.raise(testRaise(key)));
    await new Promise((resolve) => setImmediate(resolve));
    expect(statements.sent).toHaveLength(4);
    await statements.endAll();
    expect(statements.sent.slice(4).flat()).toEqual(['x', 'y', 'z']);
    const outcomes = await Promise.all(raised);
    expect(outcomes.map(({ alert }) => alert.key)).toEqual([...keys(4), 'x', 'y', 'z']);
  });

  it('that come in one turn are spread over four statements, at most 32 in each', async () => {
    const statements = new Statements();
    const batches = new RaiseBatches(statements.run, {});
    const raised = keys(200).map((key) => batches.raise(testRaise(key)));
    await Promise.resolve();
    expect(statements.sent.map(({ length }) => length)).toEqual([32, 32, 32, 32]);
    await statements.endAll();
    expect((await Promise.all(raised)).every(({ opened }) => opened)).toBe(true);
    expect(statements.sent.flat()).toEqual(keys(200));
    expect(Math.max(...statements.sent.map(({ length }) => length))).toBe(32);
  });

  it.each([
    ['no room', new StoreFullError('no room')],
    ['bad data', code('22021')],
    ['a limit', code('54000')],
    ['a deadlock', code('40P01')],
    ['statement_timeout', code('57014')],
  ])('are tried one by one where their statement fails for %s', async (_, error) => {
    const statements = new Statements();
    statements.fault = (sent) => (sent.includes('k3') ? error : null);
    const batches = new RaiseBatches(statements.run, {});
    const raised = Promise.allSettled(keys(20).map((key) => batches.raise(testRaise(key))));
    await Promise.resolve();
    await statements.endAll();
    const refused = (await raised).map(({ status }) => status === 'rejected');
    expect(refused.flatMap((is, n) => (is ? [n] : []))).toEqual([3]);
    expect((await raised)[3]).toMatchObject({ reason: error });
  });

  it('are all told where it is not known whether their statement happened, and not sent again', async () => {
    const statements = new Statements();
    const lost = new PostgresStoreError('Connection terminated', 'ECONNRESET');
    statements.fault = (sent) => (sent.includes('k0') ? lost : null);
    const batches = new RaiseBatches(statements.run, {});
    const raised = Promise.allSettled(keys(8).map((key) => batches.raise(testRaise(key))));
    await Promise.resolve();
    await statements.endAll();
    expect(statements.sent).toHaveLength(4);
    expect((await raised).map(({ status }) => status).slice(0, 3)).toEqual([
      'rejected',
      'rejected',
      'fulfilled',
    ]);
  });

  it('are refused in time when statements hang, and those that still wait are never sent', async () => {
    const statements = new Statements();
    const batches = new RaiseBatches(statements.run, { queryTimeoutMillis: 50 });
    const sent = Promise.allSettled(keys(4).map((key) => batches.raise(testRaise(key))));
    await Promise.resolve();
    await expect(batches.raise(testRaise('late'))).rejects.toThrow(
      'Postgres, raise, not sent: no answer within 50 ms (queryTimeoutMillis)',
    );
    for (const raise of await sent) {
      expect(raise).toMatchObject({
        reason: { message: 'Postgres, raise: no answer within 50 ms (queryTimeoutMillis)' },
      });
    }
    await statements.endAll();
    expect(statements.sent.flat()).not.toContain('late');
  });
});

describe('raises that share a statement in Postgres', () => {
  const database = databaseOfTests();

  /** The statements that a store sends, with their number of raises. */
  async function counted(): Promise<{ store: PostgresStore; sizes: number[] }> {
    await database.stores(1);
    const pool = database.pool();
    const sizes: number[] = [];
    const db = {
      query: (sql: string, params: unknown[] = []) => {
        const { commands } = JSON.parse(String(params[0])) as { commands?: unknown[] };
        if (commands !== undefined) sizes.push(commands.length);
        return pool.query(sql, params);
      },
    };
    return { store: new PostgresStore({ db, schema: database.schema, prefix: 'test_' }), sizes };
  }

  it('each have their own outcome, page and history, whatever their order', async () => {
    const { store, sizes } = await counted();
    const names = ['b', 'a', 'd', 'c', 'é', 'B', '_', 'x'.repeat(900)];
    const outcomes = await Promise.all(
      [...names, ...names].map((key) => store.raise(testRaise(key))),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(16);
    expect(Math.max(...sizes)).toBeGreaterThan(1);
    expect(outcomes.map(({ alert }) => alert.key)).toEqual([...names, ...names]);
    for (const [place, key] of names.entries()) {
      const both = [outcomes[place], outcomes[place + names.length]];
      expect(both.filter((outcome) => outcome?.opened)).toHaveLength(1);
      expect(both.map((outcome) => outcome?.channels.length).sort()).toEqual([0, 1]);
      const { items } = await store.history(outcomes[place]!.alert.id, page);
      expect([key, items.map(({ event }) => event)]).toEqual([key, ['firing']]);
    }
    expect(await store.stats()).toMatchObject({ active: 8, alerts: 8, pending: { first: 8 } });
  });

  it('of one key count one after the other: the third escalates, the rest do not', async () => {
    const { store, sizes } = await counted();
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, () => store.raise(testRaise('hot'))),
    );
    expect(Math.max(...sizes)).toBeGreaterThan(3);
    expect(outcomes.map(({ alert }) => alert.occurrences).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 40 }, (_, n) => n + 1),
    );
    expect(outcomes.filter(({ opened }) => opened)).toHaveLength(1);
    const [escalated, ...more] = outcomes.filter((outcome) => outcome.escalated);
    expect([escalated?.alert.occurrences, more]).toEqual([3, []]);
  });

  it('join one group in the order in which they are told', async () => {
    const { store } = await counted();
    const plan = testPlan({ groupWaitMillis: 5000 });
    await Promise.all(keys(12).map((key) => store.raise(testRaise(key, { plan, group: 'g' }))));
    expect(await store.stats()).toMatchObject({ active: 12, pending: { first: 1 } });
  });

  it('are refused alone where there is no room for one of them', async () => {
    const [store] = await database.stores(1, { maxAlerts: 10 });
    for (const key of keys(10)) await store.raise(testRaise(key));
    const raised = await Promise.allSettled(
      ['new', ...keys(10)].map((key) => store.raise(testRaise(key))),
    );
    expect(raised.map(({ status }) => status)).toEqual([
      'rejected',
      ...keys(10).map(() => 'fulfilled'),
    ]);
    expect(raised[0]).toMatchObject({ reason: expect.any(StoreFullError) as Error });
    for (const key of keys(10)) expect((await store.get(key))?.occurrences).toBe(2);
  });
});
