/** Prints what the line of a request costs a Fastify service: `npm run bench:logging-requests -- --help`. */
import { Agent, get } from 'node:http';
import { whole } from '../command-line.js';
import { median, spread } from '../figures.js';
import { answerOf, freshProcess } from '../fresh-process.js';
import type { FigureReport } from '../harness/figure-report.js';
import { packageVersion } from '../harness/peer-version.js';
import { runSuiteCommand } from '../harness/suite-command.js';
import { table } from '../table.js';
import { requestWays, type RequestWay } from './requests-process.js';

const connections = 20;

class Service {
  readonly #child;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: connections });
  readonly #started: Promise<{ url: string }>;

  constructor(way: RequestWay) {
    this.#child = freshProcess('logging/requests-process', { way });
    this.#started = answerOf(this.#child);
  }

  /** CPU microseconds of the service for each of so many requests. */
  async measure(requests: number): Promise<number> {
    const { url } = await this.#started;
    await this.#tell('begin');
    let left = requests;
    const one = async (): Promise<void> => {
      while (left-- > 0) await this.#request(`${url}/users/${left}?token=x`);
    };
    await Promise.all(Array.from({ length: connections }, one));
    return (await this.#tell('stop')) / requests;
  }

  end(): void {
    this.#agent.destroy();
    this.#child.send('end');
  }

  async #tell(order: 'begin' | 'stop'): Promise<number> {
    const answer = answerOf<{ micros: number }>(this.#child);
    this.#child.send(order);
    return (await answer).micros;
  }

  #request(url: string): Promise<void> {
    return new Promise((resolve, reject) => {
      get(url, { agent: this.#agent }, (response) => {
        response.on('end', resolve).on('error', reject).resume();
      }).on('error', reject);
    });
  }
}

function reportRequests(
  report: FigureReport,
  requests: number,
  micros: ReadonlyMap<RequestWay, readonly number[]>,
): void {
  const ours = '@llm/logging';
  report.setting = `A Fastify service answers ${requests} requests a round over ${connections} kept connections; lines go to /dev/null.`;
  report.subject(ours, packageVersion(ours), 'defaults');
  report.subject(
    'fastify',
    packageVersion('fastify'),
    'its own two lines a request by pino, asynchronous',
  );
  report.subject(
    'winston',
    packageVersion('winston'),
    'timestamp + errors + json, File, one line by hand',
  );
  const bare = micros.get('no line') ?? [];
  const of = { unit: 'µs', clock: 'CPU', better: 'lower', digits: 1 } as const;
  report.add('bare', { what: 'a request without any line', by: 'fastify', ...of, values: bare });
  const line = (name: string, way: RequestWay, what: string, by: string, beside?: string): void => {
    const values = (micros.get(way) ?? []).map((one, round) => one - (bare[round] ?? NaN));
    report.add(name, { what, by, ...of, values, ...(beside !== undefined && { beside }) });
  };
  line('line', '@llm/logging, one line', 'what its line adds', ours);
  line(
    'fastify-logger',
    '@llm/logging, as Fastify’s own logger',
    "what its line adds, as Fastify's own logger",
    ours,
  );
  line('fastify', 'Fastify’s two lines by pino', 'what its two lines add', 'fastify', 'line');
  line('winston', 'winston, one line by hand', 'what a line by hand adds', 'winston', 'line');
}

await runSuiteCommand(
  {
    usage: 'npm run bench:logging-requests --',
    summary:
      'CPU time of a Fastify service for each request, over kept connections of another process: without a\n' +
      'line, and with its line written one way or another to /dev/null. In turns, medians.',
    options: {
      rounds: whole(7, { min: 1, max: 100, help: 'rounds; medians are printed' }),
      requests: whole(5000, { min: 100, max: 1_000_000, help: 'requests of a round' }),
    },
  },
  async ({ rounds, requests }, report) => {
    const ways = Object.keys(requestWays) as RequestWay[];
    const services = new Map(ways.map((way) => [way, new Service(way)]));
    const micros = new Map<RequestWay, number[]>(ways.map((way) => [way, []]));
    try {
      for (const service of services.values()) await service.measure(requests);
      for (let round = 0; round < rounds; round++) {
        for (const [way, service] of services) {
          micros.get(way)?.push(await service.measure(requests));
        }
      }
    } finally {
      for (const service of services.values()) service.end();
    }
    const of = (way: RequestWay): number => median(micros.get(way) ?? []);
    const bare = of('no line');
    const show = (value: number): string => value.toFixed(1);
    console.log(
      `Node ${process.version}\n${table([
        ['', 'CPU µs a request', 'of it the line'],
        ...ways.map((way) => [way, spread(micros.get(way) ?? [], show), show(of(way) - bare)]),
      ])}`,
    );
    reportRequests(report, requests, micros);
    return true;
  },
);
