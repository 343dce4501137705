/** Prints what observability costs the reference app beside stock parts: `npm run bench:reference -- --help`. */
import { loadavg } from 'node:os';
import { startPostgres } from 'test-services';
import { whole } from '../command-line.js';
import { median, spread } from '../figures.js';
import type { FigureReport } from '../harness/figure-report.js';
import { packageVersion } from '../harness/peer-version.js';
import { runSuiteCommand } from '../harness/suite-command.js';
import { table } from '../table.js';
import type { ClientsOrder } from './clients.js';
import {
  MeasuredService,
  observations,
  type Measured,
  type Observation,
} from './measured-service.js';
import { withoutDisk } from './without-disk.js';

const names = { nothing: 'bare', 'the five packages': 'ours', 'stock parts': 'stock' } as const;
/** Until the compiler of the engine is done with it. */
const warmUpRequests = 2000;
const requestsATurn = 250;
const ours = '@llm/tracing, metrics, logging, anomaly, alerting';
const stock = '@fastify/otel, prom-client, winston';

function reportCost(
  report: FigureReport,
  of: (observation: Observation, what: keyof Measured) => number[],
  added: (observation: Observation) => number[],
): void {
  const versions = (...packages: readonly string[]): string =>
    packages.map((name) => `${name} ${packageVersion(name)}`).join(', ');
  report.subject(ours, packageVersion('@llm/tracing'), 'the reference app as it is');
  report.subject(stock, packageVersion('@fastify/otel'), `as their documentation shows: ${versions('@opentelemetry/instrumentation-http', '@opentelemetry/instrumentation-pg', 'prom-client', 'winston')}`); // prettier-ignore
  report.subject('the reference app', packageVersion('reference'), '--no-observability');
  const cpu = { unit: 'µs', clock: 'CPU', better: 'lower', digits: 0 } as const;
  for (const [observation, name] of Object.entries(names) as [
    Observation,
    (typeof names)[Observation],
  ][]) {
    // prettier-ignore
    const by = name === 'bare' ? 'the reference app' : name === 'ours' ? ours : stock;
    const beside = (what: string) => (name === 'stock' ? { beside: `${what}.ours` } : {});
    const what = `observed by ${observation}`;
    report.add(`request.${name}`, { what: `a request, ${what}`, by, ...cpu, values: of(observation, 'cpuMicros'), ...beside('request') }); // prettier-ignore
    if (name !== 'bare') report.add(`added.${name}`, { what: 'of it added', by, ...cpu, values: added(observation), ...beside('added') }); // prettier-ignore
    report.add(`rate.${name}`, { what: `requests, ${what}`, by, unit: '/s', clock: 'wall', better: 'higher', values: of(observation, 'perSecond'), ...beside('rate') }); // prettier-ignore
    for (const short of ['p50', 'p99'] as const) {
      report.add(`${short}.${name}`, { what: `${short} of requests, ${what}`, by, unit: 'ms', clock: 'wall', better: 'lower', values: of(observation, `${short}Millis`), ...beside(short) }); // prettier-ignore
    }
    report.count(`failed.${name}`, `requests that failed, ${what}`, by, of(observation, 'failed').reduce((sum, count) => sum + count, 0), 'lower'); // prettier-ignore
  }
  const stockAdded = added('stock parts');
  report.add('share', { what: 'of what stock parts add', by: ours, unit: '%', better: 'lower', digits: 0, values: added('the five packages').map((one, round) => (100 * one) / (stockAdded[round] ?? NaN)) }); // prettier-ignore
}

/** One round: all services in turns, there and back, so that none is always the one after another. */
async function measureInTurns(
  services: ReadonlyMap<Observation, MeasuredService>,
  { requests, connections }: ClientsOrder,
): Promise<ReadonlyMap<Observation, Measured>> {
  const turns = new Map<Observation, Measured[]>(observations.map((one) => [one, []]));
  const count = Math.ceil(requests / requestsATurn);
  for (let turn = 0; turn < count; turn += 1) {
    for (const observation of turn % 2 === 0 ? observations : observations.toReversed()) {
      const order = { requests: Math.round(requests / count), connections };
      const measured = await services.get(observation)?.measure(order);
      if (measured !== undefined) turns.get(observation)?.push(measured);
    }
  }
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  return new Map(
    [...turns].map(([observation, all]) => [
      observation,
      {
        cpuMicros: mean(all.map((one) => one.cpuMicros)),
        perSecond: 1 / mean(all.map((one) => 1 / one.perSecond)),
        failed: all.reduce((sum, one) => sum + one.failed, 0),
        p50Millis: median(all.map((one) => one.p50Millis)),
        p99Millis: median(all.map((one) => one.p99Millis)),
      },
    ]),
  );
}

await runSuiteCommand(
  {
    usage: 'npm run bench:reference --',
    summary:
      'The reference app under load, with the same work and a database each: observed by nothing (--no-observability),\n' +
      'by the five packages as it is, and by stock parts (@fastify/otel, instrumentations of HTTP and pg, prom-client,\n' +
      'winston). Clients are a process of their own. In short turns: most of a request is detection,\n' +
      'whose time drifts with the machine by more than observability costs. Medians, least and most of the rounds.',
    options: {
      rounds: whole(5, { min: 1, max: 100, help: 'rounds; medians are printed' }),
      requests: whole(5000, { min: 500, max: 1e6, help: 'requests a round' }),
      connections: whole(16, { min: 1, max: 1000, help: 'clients at a time' }),
    },
  },
  async ({ rounds, requests, connections }, report) => {
    const postgres = await startPostgres({ settings: withoutDisk });
    const services = new Map<Observation, MeasuredService>();
    try {
      for (const observation of observations) {
        services.set(observation, await MeasuredService.start(observation, postgres.url));
      }
      const results = new Map<Observation, Measured[]>(observations.map((one) => [one, []]));
      for (const service of services.values()) {
        await service.measure({ requests: warmUpRequests, connections });
      }
      for (let round = 0; round < rounds; round += 1) {
        const measuredRound = await measureInTurns(services, { requests, connections });
        for (const [observation, measured] of measuredRound)
          results.get(observation)?.push(measured);
      }
      const of = (observation: Observation, what: keyof Measured): number[] =>
        (results.get(observation) ?? []).map((measured) => measured[what]);
      // Round by round, so that a slow moment of the machine falls on both.
      const added = (observation: Observation): number[] =>
        of(observation, 'cpuMicros').map(
          (micros, round) => micros - (of('nothing', 'cpuMicros')[round] ?? NaN),
        );
      console.log(
        `Node ${process.version}, ${rounds} rounds of ${requests} requests by ${connections} clients, load ${(loadavg()[0] ?? 0).toFixed(1)}`,
      );
      console.log(
        table([
          ['observed by', 'requests/s', 'p50 ms', 'p99 ms', 'CPU us a request', 'added'],
          ...observations.map((one) => [
            one,
            spread(of(one, 'perSecond'), (value) => value.toFixed(0)),
            median(of(one, 'p50Millis')).toFixed(1),
            median(of(one, 'p99Millis')).toFixed(1),
            spread(of(one, 'cpuMicros'), (value) => value.toFixed(0)),
            one === 'nothing' ? '' : spread(added(one), (value) => value.toFixed(0)),
          ]),
        ]),
      );
      report.setting = `The same work with a Postgres each, without its disk: ${requests} requests a round by ${connections} clients in a process of their own, in turns.`;
      reportCost(report, of, added);
      const failed = observations.flatMap((one) => of(one, 'failed'));
      const ratio = median(added('the five packages')) / median(added('stock parts'));
      console.log(
        `\nadded by the five packages: ${(ratio * 100).toFixed(0)} % of what stock parts add; ` +
          `${failed.reduce((sum, count) => sum + count, 0)} requests failed`,
      );
      return ratio <= 1 && failed.every((count) => count === 0);
    } finally {
      for (const service of services.values()) await service.stop();
      await postgres.stop();
    }
  },
);
