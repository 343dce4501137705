import { startPostgres } from 'test-services';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { storeConformance } from '../../src/testing.js';
import { TestDatabase } from './fresh-store.js';

type Service = Awaited<ReturnType<typeof startPostgres>>;

let service: Service;
let database: TestDatabase;

beforeAll(async () => {
  service = await startPostgres();
  database = new TestDatabase(service.url);
}, 60_000);

afterAll(async () => {
  await database.close();
  await service.stop();
});

describe('the store in Postgres conforms:', () => {
  for (const { title, run } of storeConformance) {
    it(title, { timeout: 30_000 }, async () => {
      let offset = 0;
      const replicas = await database.stores(3, { testOffsetMillis: () => offset });
      await run({
        replicas,
        sleep: (millis) => {
          offset += millis;
          return Promise.resolve();
        },
      });
    });
  }
});
