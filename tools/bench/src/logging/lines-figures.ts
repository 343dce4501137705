import type { FigureReport } from '../harness/figure-report.js';
import { packageVersion } from '../harness/peer-version.js';
import type { LineNanos, LineSubject } from './lines-process.js';

interface Named {
  readonly name: string;
  readonly what: string;
  readonly by: string;
  /** Of a peer's: the figure of ours beside it. */
  readonly beside?: string;
}

const ours = '@llm/logging';
const line = 'a line of twelve fields';
const child = 'the same by a child logger';
const long = 'a line with 230 characters of prose, URL, UUID, model and time';
const off = 'a level that is off';

const figures: Readonly<Record<LineSubject, Named>> = {
  '@llm/logging': { name: 'plain', what: line, by: ours },
  winston: { name: 'winston', what: line, by: 'winston', beside: 'plain' },
  pino: { name: 'pino', what: line, by: 'pino', beside: 'plain' },
  'pino, its own asynchronous destination': {
    name: 'pino-async',
    what: `${line}, to pino's own asynchronous destination`,
    by: 'pino',
    beside: 'plain',
  },
  '@llm/logging, nothing masked': { name: 'unmasked', what: `${line}, nothing masked`, by: ours },
  '@llm/logging, by winston’s own hooks': { name: 'streams', what: "the same through winston's own streams", by: ours }, // prettier-ignore
  '@llm/logging, child': { name: 'child', what: child, by: ours },
  'pino, child': { name: 'pino-child', what: child, by: 'pino', beside: 'child' },
  '@llm/logging, long texts': { name: 'long', what: long, by: ours },
  '@llm/logging, long texts, nothing masked': { name: 'long-unmasked', what: `${long}, nothing masked`, by: ours }, // prettier-ignore
  'pino, long texts': { name: 'pino-long', what: long, by: 'pino', beside: 'long' },
  '@llm/logging, a level that is off': { name: 'off', what: off, by: ours },
  'pino, a level that is off': { name: 'pino-off', what: off, by: 'pino', beside: 'off' },
  'winston, a level that is off': { name: 'winston-off', what: off, by: 'winston', beside: 'off' },
  'no call at all': { name: 'no-call', what: 'no call at all', by: 'the loop of this bench' },
};

/** Reports what lines to one kind of destination took. */
export function reportLines(
  report: FigureReport,
  destination: string,
  nanos: ReadonlyMap<LineSubject, readonly LineNanos[]>,
): void {
  report.setting =
    'Fifty lines a tick, an active span and request; all but the asynchronous pino and ours write by the same sink, once a tick.'; // prettier-ignore
  report.subject(ours, packageVersion(ours), 'defaults');
  report.subject('winston', packageVersion('winston'), 'timestamp + errors + ids + json, Stream');
  report.subject(
    'pino',
    packageVersion('pino'),
    'time cached, ids by a mixin, redact of three keys',
  );
  const kind = destination === '/dev/null' ? 'null' : 'file';
  const cpuOf = (subject: LineSubject): number[] =>
    (nanos.get(subject) ?? []).map(({ cpu }) => cpu);
  for (const [name, subject] of [
    ['masking', ours],
    ['long-masking', '@llm/logging, long texts'],
  ] as const) {
    const without = cpuOf(`${subject}, nothing masked`);
    report.add(`${kind}.${name}`, {
      what: `masking adds to ${name === 'masking' ? line : long}, to ${destination}`,
      ...{ by: ours, unit: '%', digits: 0 },
      values: cpuOf(subject).map((value, round) => 100 * (value / (without[round] ?? NaN) - 1)),
    });
  }
  // What the loop and its ticks take is no cost of a call that does nothing.
  const bare = nanos.get('no call at all') ?? [];
  for (const [subject, { name, what, by, beside }] of Object.entries(figures) as [
    LineSubject,
    Named,
  ][]) {
    // prettier-ignore
    const own = nanos.get(subject) ?? [];
    const less = (round: number, clock: keyof LineNanos): number =>
      what === off ? (bare[round]?.[clock] ?? 0) : 0;
    const values = (clock: keyof LineNanos): number[] =>
      own.map((one, round) => Math.max(0.1, one[clock] - less(round, clock)));
    report.add(`${kind}.${name}`, {
      what: `${what}, to ${destination}`,
      by,
      unit: 'ns',
      clock: 'CPU',
      better: 'lower',
      values: values('cpu'),
      // Without the loop, too little is left for the clock of a busy machine.
      ...(what !== off && { wall: values('wall') }),
      ...(beside !== undefined && { beside: `${kind}.${beside}` }),
    });
  }
}
