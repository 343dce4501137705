import { describe, expect, it } from 'vitest';
import type { ReceivedRequest } from '../../src/alerting/recording-receiver.js';
import {
  pagedByAlerting,
  pagedByAlertmanager,
  stormTally,
} from '../../src/alerting/storm-tally.js';

function request(body: unknown, taken = true): ReceivedRequest {
  return {
    channel: 'page',
    headers: {},
    body: JSON.stringify(body),
    at: 0,
    taken,
    answeredAt: null,
  };
}

const page = (...keys: string[]) => ({ notifications: keys.map((key) => ({ alert: { key } })) });

describe('stormTally', () => {
  it('tells what was lost, paged once, and paged more often, and counts no refused request', () => {
    const requests = [
      request(page('a', 'b')),
      request(page('b')),
      request(page('b')),
      request(page('c'), false),
      request(page('x')),
    ];
    expect(stormTally(['a', 'b', 'c'], requests, pagedByAlerting)).toEqual({
      lost: 1,
      once: 1,
      more: 1,
      most: 3,
      unknown: 1,
    });
  });

  it('reads what Alertmanager posts, and does not count what it says of a resolved alert', () => {
    const alert = (alertname: string, status: string) => ({ status, labels: { alertname } });
    const requests = [
      request({ alerts: [alert('a', 'firing'), alert('b', 'firing')] }),
      request({ alerts: [alert('a', 'resolved')] }),
    ];
    expect(stormTally(['a', 'b'], requests, pagedByAlertmanager)).toMatchObject({
      lost: 0,
      once: 2,
      more: 0,
    });
  });
});
