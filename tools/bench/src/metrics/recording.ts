/** Prints what recording costs beside peers: `npm run bench:metrics-recording -- --help`. */
import { runCommand, whole } from '../command-line.js';
import { table } from '../table.js';
import { answerOf, freshProcess } from '../fresh-process.js';
import { type Subject, subjects } from './recording-process.js';

const goals: Partial<Record<Subject, number>> = {
  'counter, bound': 5,
  'histogram, bound': 12,
  'counter, labels checked': 40,
  'histogram, labels checked': 40,
};
const peersOf: Partial<Record<Subject, readonly [Subject, Subject]>> = {
  'counter, bound': ['prom-client counter, held child', 'OpenTelemetry counter'],
  'counter, labels checked': ['prom-client counter, labels', 'OpenTelemetry counter'],
  'histogram, bound': ['prom-client histogram, held child', 'OpenTelemetry histogram'],
  'histogram, labels checked': ['prom-client histogram, labels', 'OpenTelemetry histogram'],
};

await runCommand(
  {
    usage: 'npm run bench:metrics-recording --',
    summary:
      'CPU ns for each record with three labels, each way in a process of its own, beside prom-client and\n' +
      "OpenTelemetry's SDK. For another Node: npx -y -p node@24 node tools/bench/dist/metrics/recording.js",
    options: { rounds: whole(7, { min: 1, max: 100, help: 'rounds; medians are printed' }) },
  },
  async ({ rounds }) => {
    const nanos = new Map<Subject, number>();
    for (const subject of Object.keys(subjects) as Subject[]) {
      const child = freshProcess('metrics/recording-process', { subject, rounds });
      nanos.set(subject, (await answerOf<{ nanos: number }>(child)).nanos);
    }
    const of = (subject: Subject): number => nanos.get(subject) ?? NaN;
    const holds = (subject: Subject): boolean => of(subject) <= (goals[subject] ?? Infinity);
    const rows = [...nanos.keys()].map((subject) => {
      const goal = goals[subject];
      const ratios = peersOf[subject]?.map((peer) => `${(of(peer) / of(subject)).toFixed(0)}x`);
      return [
        subject,
        of(subject).toFixed(1),
        ratios?.[0] ?? '',
        ratios?.[1] ?? '',
        goal === undefined ? '' : `<= ${goal} ns: ${holds(subject) ? 'holds' : 'MISSED'}`,
      ];
    });
    console.log(`Node ${process.version}`);
    console.log(table([['', 'CPU ns', 'prom-client', 'OpenTelemetry', 'goal'], ...rows]));
    return [...nanos.keys()].every(holds);
  },
);
