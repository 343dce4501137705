/** Prints what observability costs the reference app beside stock parts: `npm run bench:reference -- --help`. */
import { loadavg } from 'node:os';
import { startPostgres } from 'test-services';
import { runCommand, whole } from '../command-line.js';
import { median, spread } from '../figures.js';
import { table } from '../table.js';
import {
  MeasuredService,
  observations,
  type Measured,
  type Observation,
} from './measured-service.js';
import { withoutDisk } from './without-disk.js';

await runCommand(
  {
    usage: 'npm run bench:reference --',
    summary:
      'The reference app under load, with the same work and a database each: observed by nothing (--no-observability),\n' +
      'by the five packages as it is, and by stock parts (@fastify/otel, instrumentations of HTTP and pg, prom-client,\n' +
      'winston). Clients are a process of their own. In turns; medians, least and most.',
    options: {
      rounds: whole(5, { min: 1, max: 100, help: 'rounds; medians are printed' }),
      requests: whole(20_000, { min: 500, max: 1e6, help: 'requests a round, after as many' }),
      connections: whole(16, { min: 1, max: 1000, help: 'clients at a time' }),
    },
  },
  async ({ rounds, requests, connections }) => {
    const postgres = await startPostgres({ settings: withoutDisk });
    const services = new Map<Observation, MeasuredService>();
    try {
      for (const observation of observations) {
        services.set(observation, await MeasuredService.start(observation, postgres.url));
      }
      const results = new Map<Observation, Measured[]>(observations.map((one) => [one, []]));
      // A first round is warm-up and does not count.
      for (let round = -1; round < rounds; round += 1) {
        for (const [observation, service] of services) {
          const measured = await service.measure({ requests, connections });
          if (round >= 0) results.get(observation)?.push(measured);
        }
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
