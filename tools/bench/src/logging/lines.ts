/** Prints what a line of log costs beside winston and pino: `npm run bench:logging-lines -- --help`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whole } from '../command-line.js';
import { answerOf, freshProcess } from '../fresh-process.js';
import { median } from '../figures.js';
import { runSuiteCommand } from '../harness/suite-command.js';
import { table } from '../table.js';
import { reportLines } from './lines-figures.js';
import { lineSubjects, type LineNanos, type LineSubject } from './lines-process.js';

interface Goal {
  readonly subject: LineSubject;
  readonly peer: LineSubject;
  /** How many times as fast as the peer. */
  readonly atLeast: number;
}

const goals: readonly Goal[] = [
  { subject: '@llm/logging, by winston’s own hooks', peer: 'winston', atLeast: 2.7 },
  { subject: '@llm/logging', peer: 'winston', atLeast: 4 },
  { subject: '@llm/logging', peer: 'pino', atLeast: 0.9 },
  { subject: '@llm/logging, child', peer: 'pino, child', atLeast: 1 },
];
/** What masking may add to a line that holds nothing to mask. */
const mostMasking = 0.15;
const masked = [
  { subject: '@llm/logging', without: '@llm/logging, nothing masked', isGoal: true },
  {
    subject: '@llm/logging, long texts',
    without: '@llm/logging, long texts, nothing masked',
    isGoal: false,
  },
] as const;
const offNanos = 10;

await runSuiteCommand(
  {
    usage: 'npm run bench:logging-lines --',
    summary:
      'CPU ns for each line of twelve fields, each way in a process of its own, in turns, to /dev/null and to a\n' +
      'file. All but one write to the same sink. For another Node: npx -y -p node@24 node tools/bench/dist/logging/lines.js',
    options: {
      rounds: whole(5, { min: 1, max: 100, help: 'turns; medians are printed' }),
    },
  },
  async ({ rounds }, report) => {
    const folder = mkdtempSync(join(tmpdir(), 'log-lines-'));
    let holds = true;
    try {
      for (const kind of ['/dev/null', 'a file']) {
        const nanos = new Map<LineSubject, LineNanos[]>();
        for (let round = 0; round < rounds; round += 1) {
          for (const subject of Object.keys(lineSubjects) as LineSubject[]) {
            const path = kind === 'a file' ? join(folder, 'lines.log') : kind;
            const child = freshProcess('logging/lines-process', { subject, path, rounds: 3 });
            const one = await answerOf<LineNanos>(child);
            nanos.set(subject, [...(nanos.get(subject) ?? []), one]);
            if (kind === 'a file') rmSync(path, { force: true });
          }
        }
        const cpuOf = (subject: LineSubject): number[] =>
          (nanos.get(subject) ?? []).map(({ cpu }) => cpu);
        const of = (subject: LineSubject): number => median(cpuOf(subject));
        console.log(`\nNode ${process.version}, lines to ${kind}`);
        console.log(
          table([
            ['', 'CPU ns', 'least..most'],
            ...[...nanos.keys()].map((subject) => [
              subject,
              of(subject).toFixed(0),
              `${Math.min(...cpuOf(subject)).toFixed(0)}..${Math.max(...cpuOf(subject)).toFixed(0)}`,
            ]),
          ]),
        );
        reportLines(report, kind, nanos);
        for (const { subject, peer, atLeast } of goals) {
          const ratio = of(peer) / of(subject);
          holds &&= ratio >= atLeast;
          console.log(
            `${subject}: ${ratio.toFixed(2)}x ${peer}, goal ${atLeast}x: ${ratio >= atLeast ? 'holds' : 'MISSED'}`,
          );
        }
        for (const { subject, without, isGoal } of masked) {
          const added = of(subject) / of(without) - 1;
          if (isGoal) holds &&= added <= mostMasking;
          const verdict = added <= mostMasking ? 'holds' : 'MISSED';
          console.log(
            `${subject}: masking adds ${(added * 100).toFixed(0)} %${isGoal ? `, goal ${mostMasking * 100} %: ${verdict}` : ''}`,
          );
        }
        // What the loop and its ticks cost is no cost of the call.
        const off = of('@llm/logging, a level that is off') - of('no call at all');
        holds &&= off <= offNanos;
        console.log(
          `off: ${off.toFixed(1)} ns, goal ${offNanos} ns: ${off <= offNanos ? 'holds' : 'MISSED'}`,
        );
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
    return holds;
  },
);
