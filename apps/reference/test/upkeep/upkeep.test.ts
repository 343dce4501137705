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

it('erases a tenant from the database, from Redis, and from the memory of running replicas; and what is old', async () => {
  const [postgres, redis] = await Promise.all([
    startPostgres({ breakable: true }),
    startRedis({ breakable: true }),
  ]);
  const env = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
  const apps = [await startApp(['--no-traffic'], env), await startApp(['--no-traffic'], env)];
  const pool = new pg.Pool({ connectionString: postgres.url });
  // The server may end before the last connection has closed.
  pool.on('error', () => undefined);
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

  await insert(pool, 3, 'globex', '40 days');
  expect(JSON.parse((await upkeep(['retain', '--days', '30'], env)).stdout)).toMatchObject({
    mappings: 3,
    modelCalls: 0,
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
