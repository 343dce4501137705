import { once } from 'node:events';
import { createServer, get, request, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, propagation } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { propagateCorrelation, TracingConfigError, withCorrelationId } from '../src/index.js';
import { recordSpans } from '../src/testing.js';

let server: Server;
let port: number;
let received: IncomingHttpHeaders = {};
beforeAll(async () => {
  server = createServer((req, res) => {
    received = req.headers;
    res.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
let stop: (() => void) | undefined;
afterEach(() => stop?.());

const makers: Record<string, (url: string, headers: Record<string, string>) => Promise<unknown>> = {
  fetch: (url, headers) => fetch(url, { headers }),
  'http.get': async (url, headers) => {
    const [res] = (await once(get(url, { headers }), 'response')) as [NodeJS.ReadableStream];
    res.resume();
  },
  'http.request with a body': async (url, headers) => {
    const req = request(url, { headers, method: 'POST' });
    req.end('{}');
    const [res] = (await once(req, 'response')) as [NodeJS.ReadableStream];
    res.resume();
  },
};

describe.each(Object.entries(makers))('%s', (_, send) => {
  const url = (): string => `http://127.0.0.1:${port}/`;

  it('tells a host on the list, and no other', async () => {
    stop = propagateCorrelation({ hosts: ['127.0.0.1'] });
    await withCorrelationId('order-7', () => send(url(), {}));
    expect(received['x-correlation-id']).toBe('order-7');
    await withCorrelationId('order-7', () => send(url().replace('127.0.0.1', 'localhost'), {}));
    expect(received).not.toHaveProperty('x-correlation-id');
  });

  it('a port on the list is that port alone', async () => {
    stop = propagateCorrelation({ hosts: [`127.0.0.1:${port + 1}`, '*.example.com'] });
    await withCorrelationId('order-7', () => send(url(), {}));
    expect(received).not.toHaveProperty('x-correlation-id');
    stop();
    stop = propagateCorrelation({ hosts: [`127.0.0.1:${port}`] });
    await withCorrelationId('order-7', () => send(url(), {}));
    expect(received['x-correlation-id']).toBe('order-7');
  });

  it('says nothing outside a request, after its end, and where the caller has said it', async () => {
    stop = propagateCorrelation({ hosts: ['*'] });
    await send(url(), {});
    expect(received).not.toHaveProperty('x-correlation-id');
    await withCorrelationId('order-7', () => send(url(), { 'X-Correlation-ID': 'mine' }));
    expect(received['x-correlation-id']).toBe('mine');
    stop();
    await withCorrelationId('order-7', () => send(url(), {}));
    expect(received).not.toHaveProperty('x-correlation-id');
  });

  it('sends the baggage along', async () => {
    const memory = recordSpans();
    stop = propagateCorrelation({ hosts: ['*'] });
    const baggage = propagation.createBaggage({ plan: { value: 'a\r\nb' } });
    await context.with(propagation.setBaggage(context.active(), baggage), () => send(url(), {}));
    expect(received['baggage']).toBe('plan=a%0D%0Ab');
    await memory.stop();
  });
});

it.each([['http://a.b'], ['a b'], [''], ['*.'], ['a:99999999'], [7]])(
  'refuses %j as a host, quoting it',
  (host) => {
    expect(() => propagateCorrelation({ hosts: [host as string] })).toThrow(TracingConfigError);
  },
);
