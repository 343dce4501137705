import { describe, it } from 'vitest';
import { storeConformance } from '../../src/testing.js';
import { databaseOfTests } from './fresh-store.js';

const database = databaseOfTests();

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
