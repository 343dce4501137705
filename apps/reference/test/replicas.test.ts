import { randomUUID } from 'node:crypto';
import { startPostgres, startRedis } from 'test-services';
import { expect, it } from 'vitest';
import type { RecentRequest } from '../src/requests/recent-requests.js';
import { startApp, type RunningApp } from './running-app.js';

const text = 'Write to jane.roe@example.com.';

async function holds(app: RunningApp): Promise<boolean> {
  const metrics = await (await fetch(`${app.url}/metrics`)).text();
  return metrics.includes('llm_component_stats{component="anomaly",stat="holds"} 1');
}

it('replicas show the same, and one monitors until it is killed, when another goes on', async () => {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis({ breakable: true })]);
  const env = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
  const args = ['--no-traffic', '--window', '0.3'];
  const [one, other] = await Promise.all([startApp(args, env), startApp(args, env)]);
  await expect.poll(async () => (await holds(one)) !== (await holds(other)), { timeout: 20_000 }).toBe(true); // prettier-ignore

  const ids = [randomUUID(), randomUUID()];
  for (const [index, app] of [one, other].entries()) {
    const headers = { 'x-correlation-id': ids[index]! };
    expect((await app.post('/map', { text, tenantId: `tenant-${index}` }, headers)).status).toBe(200); // prettier-ignore
  }
  for (const app of [one, other]) {
    await expect
      .poll(
        async () => {
          const { requests } = await app.get<{ requests: RecentRequest[] }>('/requests');
          return requests.map(({ correlationId }) => correlationId);
        },
        { timeout: 10_000 },
      )
      .toEqual(expect.arrayContaining(ids));
    await expect
      .poll(() => app.get('/dashboard/metrics'), { timeout: 10_000 })
      .toMatchObject({ tenantActivity: { activeTenants: 2 } });
  }

  const [holder, standby] = (await holds(one)) ? [one, other] : [other, one];
  await holder.stop('SIGKILL');
  await expect.poll(() => holds(standby), { timeout: 20_000 }).toBe(true);
  expect((await standby.post('/map', { text })).status).toBe(200);
  expect(await standby.stop()).toBe(0);
}, 120_000);
