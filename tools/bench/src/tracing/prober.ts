/** Asks a service on the loopback, every 5 ms, and keeps how long the answers took. */
import { Agent, get } from 'node:http';
import { givenJob, tell } from '../fresh-process.js';

const { port } = givenJob() as { port: number };
const agent = new Agent({ keepAlive: true });
let latencies: number[] = [];
let timer: NodeJS.Timeout | undefined;

function ask(): void {
  const start = performance.now();
  get({ port, host: '127.0.0.1', agent }, (res) => {
    res.resume().on('end', () => latencies.push(performance.now() - start));
  }).on('error', () => undefined);
}

process.on('message', (order) => {
  if (order === 'start') {
    latencies = [];
    timer = setInterval(ask, 5);
  } else {
    clearInterval(timer);
    tell({ latencies });
  }
});
process.on('disconnect', () => process.exit(0));
tell({});
