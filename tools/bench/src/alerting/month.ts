/** Simulates a month of alerts by the virtual clock: `npm run bench:alerting-month -- --help`. */
import { seedOption, whole } from '../command-line.js';
import { grouped } from '../figures.js';
import { packageVersion } from '../harness/peer-version.js';
import { runSuiteCommand } from '../harness/suite-command.js';
import { table } from '../table.js';
import { expectedTotals, lives, simulateMonth } from './simulated-month.js';

const goalSeconds = 10;

await runSuiteCommand(
  {
    usage: 'npm run bench:alerting-month --',
    summary: 'Lets 30 days of alerts pass in one process and checks who was told of what, when.',
    options: {
      alerts: whole(10_000, { min: lives.length, max: 200_000, help: 'distinct alerts' }),
      seed: seedOption(),
    },
  },
  async ({ alerts, seed }, report) => {
    console.log(`seed ${seed}`);
    const begun = performance.now();
    const cpu = process.cpuUsage();
    const { totals, late, twice, active, occurred } = await simulateMonth(alerts, seed);
    const seconds = (performance.now() - begun) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const expected = expectedTotals(alerts);
    const kinds = Object.keys(expected);
    const rows = kinds.map((kind) => [kind, totals[kind] ?? 0, expected[kind] ?? 0]);
    console.log(table([['notification', 'sent', 'expected'], ...rows]));
    const right =
      JSON.stringify(Object.entries(totals).sort()) ===
        JSON.stringify(Object.entries(expected).sort()) &&
      late === 0 &&
      twice === 0 &&
      active === 0;
    console.log(`late ${late}, twice ${twice}, still active ${active}`);
    const deliveries = rows.reduce((sum, [, sent]) => sum + Number(sent), 0);
    console.log(
      `30 days, ${grouped(alerts)} alerts, ${grouped(occurred)} calls, ${grouped(deliveries)} ` +
        `notifications: ${seconds.toFixed(1)} s, of which ${((user + system) / 1e6).toFixed(1)} s of CPU ` +
        `(goal < ${goalSeconds} s for 10 000)`,
    );
    const by = '@llm/alerting';
    report.setting = `30 days by a virtual clock, ${grouped(alerts)} alerts with five kinds of lives; all notifications are checked.`;
    report.subject(by, packageVersion(by), 'MemoryStore');
    report.count('alerts', 'alerts', by, alerts);
    report.count('notifications', 'notifications', by, deliveries);
    report.count('wrong', 'of them late or twice', by, late + twice, 'lower');
    report.add('seconds', { what: 'the month', by, unit: 's', clock: 'CPU', better: 'lower', digits: 1, values: [(user + system) / 1e6], wall: [seconds] }); // prettier-ignore
    const fast = seconds < goalSeconds || alerts > 10_000;
    console.log(right && fast ? 'holds' : 'does not hold');
    return right && fast;
  },
);
