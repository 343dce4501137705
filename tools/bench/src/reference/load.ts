/** Prints what the reference app can serve: `npm run load:reference -- --help`. */
import { loadavg } from 'node:os';
import { startPostgres } from 'test-services';
import { oneOf, runCommand, whole } from '../command-line.js';
import { table } from '../table.js';
import { MeasuredService } from './measured-service.js';
import { withoutDisk } from './without-disk.js';

const steps = [1, 4, 16, 64, 256] as const;

await runCommand(
  {
    usage: 'npm run load:reference --',
    summary:
      'What the reference app can serve on this machine: ever more clients, each of which sends its next request as soon as\n' +
      'the last was answered, from a process of their own. One process of the app, with a Postgres of its own.',
    options: {
      requests: whole(10_000, { min: 100, max: 1e6, help: 'requests a step' }),
      observability: oneOf(['on', 'off'], 'whether anything observes it'),
    },
  },
  async ({ requests, observability }) => {
    const postgres = await startPostgres({ settings: withoutDisk });
    const service = await MeasuredService.start(
      observability === 'on' ? 'the five packages' : 'nothing',
      postgres.url,
    );
    try {
      await service.measure({ requests, connections: 16 }); // warm-up
      const rows: string[][] = [];
      let failed = 0;
      for (const connections of steps) {
        const result = await service.measure({ requests, connections });
        failed += result.failed;
        rows.push([
          String(connections),
          result.perSecond.toFixed(0),
          result.p50Millis.toFixed(1),
          result.p99Millis.toFixed(1),
          result.cpuMicros.toFixed(0),
          String(result.failed),
        ]);
      }
      console.log(
        `Node ${process.version}, ${requests} requests a step, observability ${observability}, load ${(loadavg()[0] ?? 0).toFixed(1)}`,
      );
      console.log(
        table([
          ['clients', 'requests/s', 'p50 ms', 'p99 ms', 'CPU us a request', 'failed'],
          ...rows,
        ]),
      );
      return failed === 0;
    } finally {
      await service.stop();
      await postgres.stop();
    }
  },
);
