/** Prints what recording costs beside peers: `npm run bench:metrics-recording -- --help`. */
import { whole } from '../command-line.js';
import { median } from '../figures.js';
import type { FigureReport } from '../harness/figure-report.js';
import { packageVersion } from '../harness/peer-version.js';
import { runSuiteCommand } from '../harness/suite-command.js';
import { table } from '../table.js';
import { answerOf, freshProcess } from '../fresh-process.js';
import { type RecordingNanos, type Subject, subjects } from './recording-process.js';

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

const ours = '@llm/metrics';
const sdk = '@opentelemetry/sdk-metrics';

/** Names of the figures, who it is, and the figure of ours beside it. */
const reported: Readonly<Record<Subject, readonly [name: string, by: string, beside?: string]>> = {
  'counter, bound': ['counter.bound', ours],
  'prom-client counter, held child': ['counter.bound-prom-client', 'prom-client', 'counter.bound'],
  'counter, labels checked': ['counter.labels', ours],
  'prom-client counter, labels': ['counter.labels-prom-client', 'prom-client', 'counter.labels'],
  'OpenTelemetry counter': ['counter.labels-opentelemetry', sdk, 'counter.labels'],
  'histogram, bound': ['histogram.bound', ours],
  'prom-client histogram, held child': ['histogram.bound-prom-client', 'prom-client', 'histogram.bound'], // prettier-ignore
  'histogram, labels checked': ['histogram.labels', ours],
  'prom-client histogram, labels': ['histogram.labels-prom-client', 'prom-client', 'histogram.labels'], // prettier-ignore
  'OpenTelemetry histogram': ['histogram.labels-opentelemetry', sdk, 'histogram.labels'],
};

function reportRecording(report: FigureReport, nanos: ReadonlyMap<Subject, RecordingNanos>): void {
  report.setting = 'Three labels, 64 tenants where labels are given with each record, 11 buckets.';
  report.subject(ours, packageVersion(ours), 'defaults');
  report.subject(
    'prom-client',
    packageVersion('prom-client'),
    'a registry of its own, no exemplars',
  );
  report.subject(sdk, packageVersion(sdk), 'a reader that never collects; it has no bound records');
  for (const [subject, [name, by, beside]] of Object.entries(reported) as [
    Subject,
    (typeof reported)[Subject],
  ][]) {
    // prettier-ignore
    const { cpu: values, wall } = nanos.get(subject) ?? { cpu: [], wall: [] };
    report.add(name, {
      what: subject.replace(/^(?:prom-client|OpenTelemetry) /, ''),
      by,
      unit: 'ns',
      clock: 'CPU',
      better: 'lower',
      values,
      wall,
      ...(beside !== undefined && { beside }),
    });
  }
}

await runSuiteCommand(
  {
    usage: 'npm run bench:metrics-recording --',
    summary:
      'CPU ns for each record with three labels, each way in a process of its own, beside prom-client and\n' +
      "OpenTelemetry's SDK. For another Node: npx -y -p node@24 node tools/bench/dist/metrics/recording.js",
    options: { rounds: whole(7, { min: 1, max: 100, help: 'rounds; medians are printed' }) },
  },
  async ({ rounds }, report) => {
    const nanos = new Map<Subject, RecordingNanos>();
    for (const subject of Object.keys(subjects) as Subject[]) {
      const child = freshProcess('metrics/recording-process', { subject, rounds });
      nanos.set(subject, await answerOf<RecordingNanos>(child));
    }
    const of = (subject: Subject): number => median(nanos.get(subject)?.cpu ?? []);
    const holds = (subject: Subject): boolean => of(subject) <= (goals[subject] ?? Infinity);
    reportRecording(report, nanos);
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
