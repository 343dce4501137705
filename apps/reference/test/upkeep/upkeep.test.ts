import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { startPostgres, startRedis } from 'test-services';
import { expect, it, onTestFinished } from 'vitest';
import { startApp, type RunningApp } from '../running-app.js';

const run = promisify(execFile);
const program = fileURLToPath(new URL('../../dist/upkeep.js', import.meta.url));
const text = 'Write to jane.roe@example.com.';

function upkeep(args: readonly string[], env: Record<string, string>) {
  return run(process.execPath, [program, ...args], { env: { PATH: process.env['PATH'], ...env } });
}

async function insert(pool: pg.Pool, count: number, tenant: string, age: string): Promise<void> {
  await pool.query(
    `insert into compliance_mappings (created_at, correlation_id, tenant_id, text_hmac, detector, framework,
       framework_version, control, category, severity, confidence)
     select now() - $3::interval, 'c' || n, $2, 'h', 'pii', 'SOC2', '2017', 'CC6.1', 'iban', 'high', 0.9
       from generate_series(1, $1) as n`,
    [count, tenant, age],
  );
}

const count = async (pool: pg.Pool, sql: string): Promise<number> =>
  Number((await pool.query<{ n: string }>(`select count(*) as n from ${sql}`)).rows[0]!.n);

it('erases a tenant from the database, from Redis, and from the memory of running replicas', async () => {
  const [postgres, redis] = await Promise.all([
    startPostgres({ breakable: true }),
    startRedis({ breakable: true }),
  ]);
  const env = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
  const apps = [await startApp(['--no-traffic'], env), await startApp(['--no-traffic'], env)];
  const pool = new pg.Pool({ connectionString: postgres.url });
  onTestFinished(() => pool.end());
  for (const app of apps) {
    for (const tenantId of ['acme', 'globex']) {
      const headers = { 'x-correlation-id': `of-${tenantId}` };
      expect((await app.post('/map', { text, tenantId }, headers)).status).toBe(200);
    }
  }
  await insert(pool, 12_000, 'acme', '1 hour');
  const known = async (app: RunningApp): Promise<string> =>
    [
      await (await fetch(`${app.url}/metrics`)).text(),
      ...(await Promise.all(
        ['/requests', '/requests/of-acme', '/dashboard/metrics'].map(async (path) =>
          JSON.stringify(await app.get(path)),
        ),
      )),
    ].join('\n');
  for (const app of apps) {
    await expect.poll(() => known(app), { timeout: 15_000 }).toMatch(/tenant_id="acme"[^]*"spans":\[\{/); // prettier-ignore
  }
  const before = await count(pool, `compliance_mappings where tenant_id = 'acme'`);

  const { stdout } = await upkeep(['erase-tenant', 'acme'], env);
  const told = JSON.parse(stdout) as { mappings: number; replicas: Record<string, number>[] };
  expect(told.mappings).toBe(before);
  expect(told.replicas).toHaveLength(2);
  for (const replica of told.replicas) {
    expect(replica['series']).toBeGreaterThan(0);
    expect(replica['spans']).toBeGreaterThan(0);
    expect(replica['lines']).toBeGreaterThan(0);
  }
  expect(await count(pool, `compliance_mappings where tenant_id = 'acme'`)).toBe(0);
  expect(await count(pool, `compliance_mappings where tenant_id = 'globex'`)).toBeGreaterThan(0);
  for (const app of apps) {
    const text = (await known(app)).replaceAll('"correlationId":"of-acme"', '');
    expect(text).not.toContain('acme');
    expect(text).toContain('globex');
  }
}, 120_000);

it('deletes what is older than so many days, with its sums, and leaves the rest', async () => {
  const postgres = await startPostgres({ breakable: true });
  const env = { DATABASE_URL: postgres.url };
  const app = await startApp(['--no-traffic'], env);
  expect((await app.post('/map', { text, tenantId: 'acme' })).status).toBe(200);
  await app.stop();
  const pool = new pg.Pool({ connectionString: postgres.url });
  onTestFinished(() => pool.end());
  await insert(pool, 7000, 'acme', '40 days');
  await insert(pool, 500, 'acme', '20 days');
  await pool.query(
    `insert into model_calls (model, started_at, duration_ms, status) values
       ('pii', now() - interval '40 days', 1, 'success'), ('pii', now(), 1, 'success')`,
  );
  const kept = await count(
    pool,
    `compliance_mappings where created_at > now() - interval '30 days'`,
  );
  const { stdout } = await upkeep(['retain', '--days', '30'], env);
  expect(JSON.parse(stdout)).toEqual({
    mappings: 7000,
    modelCalls: 1,
    // A row for each connection that had a part in it.
    sums: expect.any(Number) as number,
  });
  expect(await count(pool, 'compliance_mappings')).toBe(kept);
  const { rows } = await pool.query(
    'select sum(total)::int as sum from compliance_mappings_rollup',
  );
  expect(rows).toEqual([{ sum: kept }]);
  expect(JSON.parse((await upkeep(['retain', '--days', '30'], env)).stdout)).toMatchObject({
    mappings: 0,
  });
}, 120_000);

it.each([
  [[], 'no command'],
  [['retain'], '--days'],
  [['retain', '--days', '0'], '--days is "0"'],
  [['retain', 'acme', '--days', '3'], 'no command "retain acme"'],
  [['erase-tenant'], 'no id of a tenant'],
  [['erase-tenant', "a' or '1'='1"], 'no id of a tenant'],
  [['--all'], '--all'],
])('refuses %j and names what is wrong', async (args, named) => {
  await expect(upkeep(args, {})).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining(named) as string,
  });
});
