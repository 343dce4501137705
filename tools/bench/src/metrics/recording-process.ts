/** Measures one way to record, in CPU ns per operation: `recording-process.js <job as JSON>`. */
import { createInstruments } from '@llm/metrics';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { Counter, Histogram, Registry } from 'prom-client';
import { givenJob, tell } from '../fresh-process.js';

/** Nanoseconds for each record, round by round, of CPU and by the clock. */
export interface RecordingNanos {
  readonly cpu: readonly number[];
  readonly wall: readonly number[];
}

export interface RecordingJob {
  readonly subject: Subject;
  readonly rounds: number;
}

const counterLabels = ['detector_type', 'tenant_id', 'status'] as const;
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const help = 'Measured';
const bound = { detector_type: 'pii', tenant_id: 'tenant 7', status: 'success' };
const tenants = Array.from({ length: 64 }, (_, i) => `tenant ${i}`);
const values = Array.from({ length: 1024 }, (_, i) => 0.001 * 1.01 ** i);
const tenantOf = (i: number): string => tenants[i & 63] ?? '';
const valueOf = (i: number): number => values[i & 1023] ?? 0;

/** Without a reader the SDK drops what is recorded. */
class IdleReader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

const meter = () => new MeterProvider({ readers: [new IdleReader()] }).getMeter('bench');

type Loop = (operations: number) => void;

/** Each in a function of its own: V8 optimises each loop for its one receiver. */
export const subjects = {
  'counter, bound': (): Loop => {
    const child = createInstruments()
      .counter({ name: 'c_total', help, labelNames: counterLabels })
      .bind(bound);
    return (n) => {
      for (let i = 0; i < n; i++) child.inc();
    };
  },
  'counter, labels checked': (): Loop => {
    const counter = createInstruments().counter({
      name: 'c_total',
      help,
      labelNames: counterLabels,
    });
    return (n) => {
      for (let i = 0; i < n; i++) {
        counter.inc({ detector_type: 'pii', tenant_id: tenantOf(i), status: 'success' });
      }
    };
  },
  'histogram, bound': (): Loop => {
    const child = createInstruments()
      .histogram({ name: 'h', help, labelNames: counterLabels, buckets })
      .bind(bound);
    return (n) => {
      for (let i = 0; i < n; i++) child.observe(valueOf(i));
    };
  },
  'histogram, labels checked': (): Loop => {
    const histogram = createInstruments().histogram({
      name: 'h',
      help,
      labelNames: counterLabels,
      buckets,
    });
    return (n) => {
      for (let i = 0; i < n; i++) {
        histogram.observe(
          { detector_type: 'pii', tenant_id: tenantOf(i), status: 'success' },
          valueOf(i),
        );
      }
    };
  },
  'prom-client counter, held child': (): Loop => {
    const registers = [new Registry()];
    const child = new Counter({
      name: 'c_total',
      help,
      labelNames: counterLabels,
      registers,
    }).labels(bound);
    return (n) => {
      for (let i = 0; i < n; i++) child.inc();
    };
  },
  'prom-client counter, labels': (): Loop => {
    const registers = [new Registry()];
    const counter = new Counter({ name: 'c_total', help, labelNames: counterLabels, registers });
    return (n) => {
      for (let i = 0; i < n; i++) {
        counter.inc({ detector_type: 'pii', tenant_id: tenantOf(i), status: 'success' });
      }
    };
  },
  'prom-client histogram, held child': (): Loop => {
    const registers = [new Registry()];
    const child = new Histogram({
      name: 'h',
      help,
      labelNames: counterLabels,
      buckets,
      registers,
    }).labels(bound);
    return (n) => {
      for (let i = 0; i < n; i++) child.observe(valueOf(i));
    };
  },
  'prom-client histogram, labels': (): Loop => {
    const registers = [new Registry()];
    const histogram = new Histogram({
      name: 'h',
      help,
      labelNames: counterLabels,
      buckets,
      registers,
    });
    return (n) => {
      for (let i = 0; i < n; i++) {
        histogram.observe(
          { detector_type: 'pii', tenant_id: tenantOf(i), status: 'success' },
          valueOf(i),
        );
      }
    };
  },
  'OpenTelemetry counter': (): Loop => {
    const counter = meter().createCounter('c');
    return (n) => {
      for (let i = 0; i < n; i++) {
        counter.add(1, { detector_type: 'pii', tenant_id: tenantOf(i), status: 'success' });
      }
    };
  },
  'OpenTelemetry histogram': (): Loop => {
    const histogram = meter().createHistogram('h', {
      advice: { explicitBucketBoundaries: buckets },
    });
    return (n) => {
      for (let i = 0; i < n; i++) {
        histogram.record(valueOf(i), {
          detector_type: 'pii',
          tenant_id: tenantOf(i),
          status: 'success',
        });
      }
    };
  },
};

export type Subject = keyof typeof subjects;

if (process.send) {
  const { subject, rounds } = givenJob() as RecordingJob;
  const loop = subjects[subject]();
  const nanos = (operations: number): { cpu: number; wall: number } => {
    const begun = process.cpuUsage();
    const begunAt = performance.now();
    loop(operations);
    const { user, system } = process.cpuUsage(begun);
    const wall = ((performance.now() - begunAt) * 1e6) / operations;
    return { cpu: ((user + system) * 1000) / operations, wall };
  };
  const warm = nanos(300_000);
  // About a fifth of a second of CPU each.
  const operations = Math.round(2e8 / Math.max(1, warm.cpu));
  nanos(operations);
  const measured = Array.from({ length: rounds }, () => nanos(operations));
  const result: RecordingNanos = {
    cpu: measured.map(({ cpu }) => cpu),
    wall: measured.map(({ wall }) => wall),
  };
  tell(result);
}
