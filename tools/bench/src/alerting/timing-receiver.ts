import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { raisedAtAnnotation } from './page-latency.js';

/** A receiver that takes the time from raising to receiving. */
export interface TimingReceiver {
  readonly url: string;
  /** Of each page, milliseconds, in the order of their arrival. */
  readonly latencies: number[];
  /** Called at each page. */
  onPage: () => void;
  readonly close: () => Promise<void>;
}

const raisedAt = new RegExp(`"${raisedAtAnnotation}":"(\\d+)"`);

/** Starts one on loopback that answers 200 at once. */
export async function startTimingReceiver(): Promise<TimingReceiver> {
  const latencies: number[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const received = process.hrtime.bigint();
      const raised = BigInt(raisedAt.exec(body)?.[1] ?? 0);
      latencies.push(Number(received - raised) / 1e6);
      response.end();
      receiver.onPage();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: TimingReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    latencies,
    onPage: () => undefined,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
