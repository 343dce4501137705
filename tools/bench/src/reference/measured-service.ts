import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { freePort, throwawayDirectory } from 'test-services';
import { Clients, type ClientsOrder, type ClientsResult } from './clients.js';

/** What observes the service. */
export const observations = ['nothing', 'the five packages', 'stock parts'] as const;
export type Observation = (typeof observations)[number];

export interface Measured extends ClientsResult {
  /** CPU time of the service, its own process alone. */
  readonly cpuMicros: number;
}

const app = new URL('../../../../apps/reference/dist/main.js', import.meta.url);
const stock = new URL('./stock-process.js', import.meta.url);
const startTimeoutMillis = 60_000;

/** The reference app under load, with its own database, its log going nowhere. */
export class MeasuredService {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #clients: Clients;

  private constructor(url: string, child: ChildProcess, clients: Clients) {
    this.url = url;
    this.#child = child;
    this.#clients = clients;
  }

  /** @param postgresUrl where the service gets a database of its own */
  static async start(observation: Observation, postgresUrl: string): Promise<MeasuredService> {
    const port = await freePort();
    const args = ['--no-traffic', ...(observation === 'nothing' ? ['--no-observability'] : [])];
    const program = fileURLToPath(observation === 'stock parts' ? stock : app);
    const child = spawn(process.execPath, [program, ...args], {
      env: {
        PATH: process.env['PATH'],
        PORT: String(port),
        DATA_DIR: throwawayDirectory('reference'),
        DATABASE_URL: await ownDatabase(postgresUrl, observation),
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    process.once('exit', () => child.kill());
    const url = `http://127.0.0.1:${port}`;
    for (const deadline = Date.now() + startTimeoutMillis; ;) {
      if (child.exitCode !== null) throw new Error(`The service ended with ${child.exitCode}`);
      if (Date.now() > deadline) throw new Error(`The service does not answer at ${url}`);
      const ok = await fetch(`${url}/health`).then(
        (response) => response.ok,
        () => false,
      );
      if (ok) break;
      await setTimeout(50);
    }
    return new MeasuredService(url, child, await Clients.of(url));
  }

  async measure(order: ClientsOrder): Promise<Measured> {
    const before = this.#cpuMicros();
    const result = await this.#clients.send(order);
    return { ...result, cpuMicros: (this.#cpuMicros() - before) / order.requests };
  }

  async stop(): Promise<void> {
    this.#clients.end();
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }

  /** Of all its threads, as the scheduler counts them: in nanoseconds, where `stat` has ticks of 10 ms. */
  #cpuMicros(): number {
    const tasks = `/proc/${String(this.#child.pid)}/task`;
    const nanos = readdirSync(tasks).map((thread) =>
      Number(readFileSync(`${tasks}/${thread}/schedstat`, 'utf8').split(' ')[0]),
    );
    return nanos.reduce((sum, one) => sum + one, 0) / 1000;
  }
}

async function ownDatabase(postgresUrl: string, observation: Observation): Promise<string> {
  const name = observation.replaceAll(/\W/g, '_');
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  await client.query(`create database "${name}"`);
  await client.end();
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  return url.href;
}
