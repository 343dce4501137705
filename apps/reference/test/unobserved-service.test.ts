import pg from 'pg';
import { startPostgres } from 'test-services';
import { expect, it, onTestFinished } from 'vitest';
import { readConfiguration } from '../src/configuration.js';
import { startApp } from './running-app.js';

it('does its work with nothing that observes it', async () => {
  const postgres = await startPostgres({ breakable: true });
  onTestFinished(() => postgres.stop());
  const app = await startApp(['--no-observability', '--no-traffic'], {
    DATABASE_URL: postgres.url,
    LOG_LEVEL: 'debug',
  });
  expect(app.banner).toContain('not observed');
  const answer = await app.post('/map', { text: 'To jane.roe@example.com.', tenantId: 'acme' });
  expect(answer.status).toBe(200);
  expect(answer.headers.has('x-correlation-id')).toBe(false);
  const { mappings } = (await answer.json()) as { mappings: unknown[] };
  expect(mappings.length).toBeGreaterThan(0);
  expect((await app.post('/map', {})).status).toBe(400);
  for (const path of ['/', '/live', '/metrics', '/models', '/alerts', '/requests', '/faults']) {
    expect((await fetch(app.url + path)).status, path).toBe(404);
  }
  expect((await fetch(`${app.url}/health`)).status).toBe(200);

  const pool = new pg.Pool({ connectionString: postgres.url });
  // The server may end before the last connection has closed.
  pool.on('error', () => undefined);
  onTestFinished(() => pool.end());
  const count = async (table: string): Promise<number> =>
    Number((await pool.query<{ count: string }>(`select count(*) from ${table}`)).rows[0]?.count);
  expect(await count('compliance_mappings')).toBe(mappings.length);
  expect(await count('model_calls')).toBe(0);
  expect(await app.stop()).toBe(0);
  expect(app.logs()).toEqual([]);
}, 120_000);

it('has no faults to allow', () => {
  expect(() => readConfiguration(['--no-observability', '--allow-faults'], {})).toThrow(
    '--allow-faults needs what --no-observability leaves out',
  );
});
