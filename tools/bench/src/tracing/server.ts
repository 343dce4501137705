/** Prints what tracing costs a Fastify route beside peers: `npm run bench:tracing-server -- --help`. */
import { whole } from '../command-line.js';
import { median, spread } from '../figures.js';
import { answerOf, freshProcess } from '../fresh-process.js';
import type { FigureReport } from '../harness/figure-report.js';
import { packageVersion } from '../harness/peer-version.js';
import { runSuiteCommand } from '../harness/suite-command.js';
import { table } from '../table.js';
import type { Shares } from './profile.js';
import { ways, type Order, type Way } from './ways.js';

const goal = 0.6;

/** Of a request: microseconds of CPU and by the clock, and spans. */
interface Measured {
  readonly micros: number;
  readonly wallMicros: number;
  readonly spans: number;
}

class Service {
  readonly #child;
  readonly #ready: Promise<object>;

  constructor(way: Way) {
    this.#child = freshProcess('tracing/server-process', { way });
    this.#ready = answerOf<object>(this.#child);
  }

  /** CPU microseconds a request, and spans a request. */
  measure(requests: number): Promise<Measured> {
    return this.#ask({ order: 'measure', requests });
  }

  profile(requests: number): Promise<{ shares: Shares }> {
    return this.#ask({ order: 'profile', requests });
  }

  end(): void {
    this.#child.send({ order: 'end', requests: 0 } satisfies Order);
  }

  async #ask<T>(order: Order): Promise<T> {
    await this.#ready;
    const answer = answerOf<T>(this.#child);
    this.#child.send(order);
    return answer;
  }
}

const ours = '@llm/tracing';
const peer = '@fastify/otel';
const http = '@opentelemetry/instrumentation-http';

/** Names of the figures, and who it is. */
const reported: Readonly<Record<Exclude<Way, 'nothing'>, readonly [name: string, by: string]>> = {
  ours: ['ours', ours],
  'ours, all instrumentations': ['all-instrumentations', ours],
  'ids only': ['ids', ours],
  '@fastify/otel + http': ['fastify-otel', peer],
  'http alone': ['http', http],
};

function reportWays(
  report: FigureReport,
  requests: number,
  micros: ReadonlyMap<Way, readonly number[]>,
  walls: ReadonlyMap<Way, readonly number[]>,
): void {
  report.setting = `POST of JSON, ${requests} requests a round over 16 connections within the process, spans exported to nowhere.`;
  report.subject(
    ours,
    packageVersion(ours),
    'setupTracing with http and fastify: one server span, correlation id',
  );
  report.subject(
    peer,
    packageVersion(peer),
    `with ${http} ${packageVersion(http)}, each at its defaults: three spans`,
  );
  report.subject(http, packageVersion(http), 'defaults: one span, without the route');
  report.subject('fastify', packageVersion('fastify'));
  const of = { unit: 'µs', clock: 'CPU', better: 'lower', digits: 1 } as const;
  const bare = { cpu: micros.get('nothing') ?? [], wall: walls.get('nothing') ?? [] };
  report.add('bare', { what: 'a request without tracing', by: 'fastify', ...of, values: bare.cpu, wall: bare.wall }); // prettier-ignore
  const minus = (values: readonly number[], from: readonly number[]): number[] =>
    values.map((value, round) => value - (from[round] ?? NaN));
  const added = (way: Way): number[] => minus(micros.get(way) ?? [], bare.cpu);
  for (const [way, [name, by]] of Object.entries(reported) as [
    keyof typeof reported,
    (typeof reported)[keyof typeof reported],
  ][]) {
    // prettier-ignore
    report.add(`${name}.added`, {
      what: way === 'ours' ? 'tracing adds' : `tracing adds: ${way}`,
      ...{ by, ...of },
      values: added(way),
      wall: minus(walls.get(way) ?? [], bare.wall),
      ...(by !== ours && { beside: 'ours.added' }),
    });
    if (by !== ours) continue;
    const theirs = added('@fastify/otel + http');
    report.add(`${name}.share`, {
      what: `of what ${peer} with ${http} adds: ${way}`,
      ...{ by, unit: '%', better: 'lower', digits: 0 },
      values: added(way).map((value, round) => (100 * value) / (theirs[round] ?? NaN)),
    });
  }
}

await runSuiteCommand(
  {
    usage: 'npm run bench:tracing-server --',
    summary:
      'CPU time a request of a Fastify route (POST, JSON; the connections are within the process, so that the\n' +
      'kernel has no part in it): without tracing,\n' +
      'with setupTracing (one server span and correlation id), with correlation ids only, and with\n' +
      "@fastify/otel and OpenTelemetry's HTTP instrumentation, all exporting to nowhere. In turns, medians.",
    options: {
      rounds: whole(9, { min: 3, max: 100, help: 'rounds; medians are printed' }),
      requests: whole(20_000, {
        min: 500,
        max: 100_000,
        help: 'requests a round, after twice as many',
      }),
    },
  },
  async ({ rounds, requests }, report) => {
    const services = new Map(ways.map((way) => [way, new Service(way)]));
    const micros = new Map<Way, number[]>(ways.map((way) => [way, []]));
    const walls = new Map<Way, number[]>(ways.map((way) => [way, []]));
    const spans = new Map<Way, number>();
    for (const service of services.values()) await service.measure(requests * 2);
    for (let round = 0; round < rounds; round++) {
      for (const [way, service] of services) {
        const measured = await service.measure(requests);
        micros.get(way)?.push(measured.micros);
        walls.get(way)?.push(measured.wallMicros);
        spans.set(way, measured.spans);
      }
    }
    // What is added, round by round, so that a slow moment of the machine falls on both.
    const bare = micros.get('nothing') ?? [];
    const added = (way: Way): number[] =>
      (micros.get(way) ?? []).map((value, round) => value - (bare[round] ?? NaN));
    const peer = added('@fastify/otel + http');
    const ratioOf = (way: Way): number => median(added(way)) / median(peer);
    reportWays(report, requests, micros, walls);
    const rows = ways.map((way) => [
      way,
      (spans.get(way) ?? 0).toFixed(1),
      spread(micros.get(way) ?? [], (value) => value.toFixed(1)),
      way === 'nothing' ? '' : spread(added(way), (value) => value.toFixed(1)),
      way === 'nothing' ? '' : `${(ratioOf(way) * 100).toFixed(0)} %`,
    ]);
    console.log(`Node ${process.version}, ${rounds} rounds of ${requests} requests`);
    console.log(
      table([['', 'spans', 'CPU us a request', 'added', 'of @fastify/otel + http'], ...rows]),
    );

    const profiled = ['nothing', 'ours', '@fastify/otel + http'] as const;
    const shares = new Map<Way, Shares>();
    for (const way of profiled) {
      const service = services.get(way);
      if (service !== undefined) shares.set(way, (await service.profile(requests * 3)).shares);
    }
    const owners = [...new Set([...shares.values()].flatMap((each) => Object.keys(each)))]
      .filter((owner) => owner !== 'idle')
      .sort();
    const perRequest = (way: Way, owner: string): string =>
      ((shares.get(way)?.[owner] ?? 0) / requests / 3).toFixed(1);
    console.log('\nWhere it goes: wall time of the main thread by profile, us a request');
    console.log(
      table([
        ['', ...profiled],
        ...owners.map((owner) => [owner, ...profiled.map((way) => perRequest(way, owner))]),
      ]),
    );
    for (const service of services.values()) service.end();
    const ratio = ratioOf('ours');
    console.log(
      `\nadded by ours: ${(ratio * 100).toFixed(0)} % of @fastify/otel + http; goal <= ${goal * 100} %: ${ratio <= goal ? 'holds' : 'MISSED'}`,
    );
    return ratio <= goal;
  },
);
