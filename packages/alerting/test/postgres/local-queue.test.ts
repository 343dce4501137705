import { expect, it } from 'vitest';
import { startPostgres } from 'test-services';
import { AlertingSystem } from '../../src/index.js';
import { migrateAlerting, PostgresStore } from '../../src/postgres.js';
import { recordingChannel } from '../recording-channel.js';
import { TestDatabase } from './fresh-store.js';

it('raises wait while a real Postgres is down, and each is delivered once when it is back', async () => {
  const postgres = await startPostgres({ breakable: true });
  const database = new TestDatabase(postgres.url);
  const db = database.pool(8);
  await migrateAlerting(db);
  const { channel, deliveries } = recordingChannel();
  const system = new AlertingSystem({
    channels: [channel],
    store: new PostgresStore({ db, queryTimeoutMillis: 1000 }),
    localQueue: { maxRaises: 30 },
  });
  try {
    await system.raise({ key: 'before' });
    await postgres.kill();
    const results = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) => system.raise({ key: `during-${index}` })),
    );
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(10);
    expect((await system.stats()).localQueue).toMatchObject({ waiting: 30 });
    await postgres.start();
    await expect
      .poll(async () => (await system.stats()).localQueue, { timeout: 20_000 })
      .toEqual({ waiting: 0, drained: 30, lost: 0 });
    expect(await system.flush(10_000)).toEqual({ undelivered: 0 });
    const told = deliveries.flatMap(({ notifications }) => notifications.map((n) => n.alert.key));
    const queued = results.flatMap(({ status }, index) =>
      status === 'fulfilled' ? [`during-${index}`] : [],
    );
    // One that was rejected may have reached Postgres all the same: pg's pool keeps what waits for a connection.
    expect(told).toEqual(expect.arrayContaining(['before', ...queued]));
    expect(new Set(told).size).toBe(told.length);
  } finally {
    await system.stop(1000);
    await database.close();
    await postgres.stop();
  }
}, 60_000);
