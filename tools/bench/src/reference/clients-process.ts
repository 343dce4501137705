/** Clients in a process of their own: each sends its next request as soon as the last was answered. */
import { Agent, request } from 'node:http';
import { givenJob, tell } from '../fresh-process.js';
import { quantile } from '../figures.js';
import type { ClientsOrder, ClientsResult } from './clients.js';

const { url } = givenJob() as { url: string };
const text = 'Write to jane.roe@example.com about the order of last week, please.';
const tenants = ['acme', 'globex', 'initech', 'umbrella', 'hooli'];
const bodies = tenants.map((tenantId) => JSON.stringify({ text, tenantId }));
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });

function ask(body: string): Promise<boolean> {
  return new Promise((resolve) => {
    const outgoing = request(
      `${url}/map`,
      {
        agent,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': body.length },
      },
      (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode === 200));
        response.once('error', () => resolve(false));
      },
    );
    outgoing.once('error', () => resolve(false));
    outgoing.end(body);
  });
}

async function send({ requests, connections }: ClientsOrder): Promise<ClientsResult> {
  const millis: number[] = [];
  let [begun, failed] = [0, 0];
  const start = performance.now();
  const client = async (): Promise<void> => {
    while (begun < requests) {
      const body = bodies[begun % bodies.length] ?? '';
      begun += 1;
      const asked = performance.now();
      if (!(await ask(body))) failed += 1;
      millis.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: connections }, client));
  const seconds = (performance.now() - start) / 1000;
  return {
    perSecond: requests / seconds,
    failed,
    p50Millis: quantile(millis, 0.5),
    p99Millis: quantile(millis, 0.99),
  };
}

process.on('message', (order: ClientsOrder) => void send(order).then((result) => tell(result)));
process.once('disconnect', () => process.exit(0));
tell({});
