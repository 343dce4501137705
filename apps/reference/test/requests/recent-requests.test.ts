import { expect, it } from 'vitest';
import { RecentRequests } from '../../src/requests/recent-requests.js';

const request = (at: number, correlationId = `id-${at}`) => ({
  at,
  correlationId,
  method: 'POST',
  route: '/map',
  status: 200,
  durationMillis: 1,
  tenantId: null,
});

it('keeps the latest and tells them latest first', async () => {
  const requests = new RecentRequests(3);
  for (let at = 1; at <= 5; at += 1) requests.add(request(at));
  expect((await requests.list()).map(({ at }) => at)).toEqual([5, 4, 3]);
  expect((await requests.list(2)).map(({ at }) => at)).toEqual([5, 4]);
});

it('finds every request with an id', async () => {
  const requests = new RecentRequests();
  requests.add(request(1, 'retried'));
  requests.add(request(2));
  requests.add(request(3, 'retried'));
  expect((await requests.of('retried')).map(({ at }) => at)).toEqual([3, 1]);
  expect(await requests.of('other')).toEqual([]);
});
