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

it('keeps the latest and tells them latest first', () => {
  const requests = new RecentRequests(3);
  for (let at = 1; at <= 5; at += 1) requests.add(request(at));
  expect(requests.list().map(({ at }) => at)).toEqual([5, 4, 3]);
  expect(requests.list(2).map(({ at }) => at)).toEqual([5, 4]);
});

it('finds every request with an id', () => {
  const requests = new RecentRequests();
  requests.add(request(1, 'retried'));
  requests.add(request(2));
  requests.add(request(3, 'retried'));
  expect(requests.of('retried').map(({ at }) => at)).toEqual([3, 1]);
  expect(requests.of('other')).toEqual([]);
});
