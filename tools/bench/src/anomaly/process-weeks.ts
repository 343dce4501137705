import { type AnomalyReport, type MonitorOptions, ModelPerformanceMonitor } from '@llm/anomaly';
import { Random } from '../random.js';
import {
  deviationsOf,
  disturbanceOf,
  disturbed,
  faultyMetrics,
  FULL_WINDOWS,
  type IncidentKind,
  incidentKinds,
  rampOf,
  type TrainingDeviations,
} from './incidents.js';
import {
  moreFeatures,
  Service,
  type ServiceWindow,
  SharedTraffic,
  WINDOW_MILLIS,
  WINDOWS_PER_WEEK,
} from './service-weeks.js';

const WINDOWS_PER_DAY = WINDOWS_PER_WEEK / 7;

/** One process with its models, to be simulated. */
export interface ProcessPlan {
  readonly seed: number;
  readonly models: number;
  readonly trainingWeeks: number;
  readonly normalWeeks: number;
  readonly sizes: readonly number[];
  readonly options: MonitorOptions;
}

/** How one incident fared. */
export interface Outcome {
  readonly kind: IncidentKind;
  readonly size: number;
  /** Reported by the second window at full size. */
  readonly found: boolean;
  /** The metric listed first was at fault. */
  readonly named: boolean;
  /** The model was called abnormal when the incident began: no trial. */
  readonly spoilt: boolean;
}

/** What a simulated process reported. */
export interface ProcessResult {
  /** Findings during the normal weeks. */
  readonly falseFindings: number;
  /** Incidents of single models during the normal weeks, each counted. */
  readonly falseIncidents: number;
  readonly provisionalReports: number;
  readonly normalReports: number;
  readonly promised: number;
  readonly outcomes: readonly Outcome[];
  /** The metric or vote behind each false finding, for the curious. */
  readonly causes: readonly string[];
  readonly observeMicros: number;
}

interface Simulated {
  readonly name: string;
  readonly service: Service;
  readonly deviations: TrainingDeviations;
}

/** Simulates training, normal weeks and the day of incidents of one process. */
export async function simulateProcess(plan: ProcessPlan): Promise<ProcessResult> {
  const random = new Random(plan.seed);
  const shared = new SharedTraffic(random.whole(0, 2 ** 32 - 1));
  const monitor = new ModelPerformanceMonitor({
    features: moreFeatures,
    intervalMillis: WINDOW_MILLIS,
    maxHistory: 100_000,
    clock: { now: () => 0 },
    ...plan.options,
  });
  const models = await trainAll(plan, monitor, random, shared);
  const ids = new Set<string>();
  const causes: string[] = [];
  const counts = { incidents: 0, provisional: 0, reports: 0, promised: 0 };
  const was = new Set<string>();
  let nanos = 0n;
  let observed = 0;
  for (let window = 0; window < plan.normalWeeks * WINDOWS_PER_WEEK; window += 1) {
    shared.next();
    for (const { name, service } of models) {
      const { at } = service;
      const metrics = service.next();
      const before = process.hrtime.bigint();
      const report = monitor.observe(name, metrics, at);
      nanos += process.hrtime.bigint() - before;
      observed += 1;
      counts.reports += 1;
      if (report.training.provisional) counts.provisional += 1;
      counts.promised = Math.max(counts.promised, report.training.falseAlarmsPerWeek ?? 0);
      if (report.status !== 'anomaly_detected') {
        was.delete(name);
        continue;
      }
      if (!was.has(name)) counts.incidents += 1;
      was.add(name);
      if (report.finding === null || ids.has(report.finding.id)) continue;
      ids.add(report.finding.id);
      causes.push(causeOf(report));
    }
  }
  const outcomes = incidentDay(plan, monitor, models, random, shared);
  return {
    falseFindings: ids.size,
    falseIncidents: counts.incidents,
    provisionalReports: counts.provisional,
    normalReports: counts.reports,
    promised: counts.promised,
    outcomes,
    causes,
    observeMicros: Number(nanos) / 1000 / Math.max(1, observed),
  };
}

/** Trains each model on its own past; the shared traffic of the past is the same for all. */
async function trainAll(
  { models, trainingWeeks }: ProcessPlan,
  monitor: ModelPerformanceMonitor,
  random: Random,
  shared: SharedTraffic,
): Promise<Simulated[]> {
  const services = Array.from({ length: models }, () => new Service(random.whole(0, 2 ** 32 - 1), shared)); // prettier-ignore
  const loads: number[] = [];
  for (let window = 0; window < trainingWeeks * WINDOWS_PER_WEEK; window += 1) {
    shared.next();
    loads.push(shared.load);
  }
  const simulated: Simulated[] = [];
  for (const [index, service] of services.entries()) {
    const name = `model-${index}`;
    const history = loads.map((load) => {
      shared.replay(load);
      return { at: service.at, metrics: service.next() };
    });
    await monitor.trainBaseline(name, history);
    const deviations = deviationsOf(history.map(({ metrics }): ServiceWindow => metrics));
    simulated.push({ name, service, deviations });
  }
  return simulated;
}

/** The day after the normal weeks: each model has one incident, at any time of it. More would be a past of its own. */
function incidentDay(
  plan: ProcessPlan,
  monitor: ModelPerformanceMonitor,
  models: readonly Simulated[],
  random: Random,
  shared: SharedTraffic,
): Outcome[] {
  const planned = models.map((_, index) => {
    const turn = index + plan.seed;
    const kind = incidentKinds[turn % incidentKinds.length] as IncidentKind;
    const size = plan.sizes[Math.floor(turn / incidentKinds.length) % plan.sizes.length] ?? 4;
    const begin = random.whole(1, WINDOWS_PER_DAY - rampOf(kind) - FULL_WINDOWS - 1);
    return { kind, size, begin, found: false, named: false, spoilt: false };
  });
  for (let window = 0; window < WINDOWS_PER_DAY; window += 1) {
    shared.next();
    models.forEach(({ name, service, deviations }, index) => {
      const incident = planned[index];
      if (incident === undefined) return;
      const { kind, size, begin } = incident;
      const nth = window - begin;
      const end = rampOf(kind) - 1 + FULL_WINDOWS;
      const { at } = service;
      const active = nth >= 0 && nth < end;
      const healthy = service.next(active ? disturbanceOf(kind, size, deviations) : {});
      const metrics = active ? disturbed(healthy, kind, size, nth, deviations) : healthy;
      const report = monitor.observe(name, metrics, at);
      const abnormal = report.status === 'anomaly_detected';
      if (nth === -1 && abnormal) incident.spoilt = true;
      const inTime = nth >= 0 && nth <= rampOf(kind);
      if (!inTime || !abnormal || incident.found) return;
      incident.found = true;
      const first = report.anomalies[0]?.metric;
      incident.named = faultyMetrics(kind).some((metric) => metric === first);
    });
  }
  return planned.map(({ kind, size, found, named, spoilt }) => ({
    kind,
    size,
    found,
    named,
    spoilt,
  }));
}

function causeOf({ votes, anomalies }: AnomalyReport): string {
  const vote = Object.entries(votes ?? {})
    .filter(([, value]) => (value ?? 0) > 1)
    .map(([name]) => name)
    .join('+');
  return `${vote}:${anomalies[0]?.metric ?? ''}`;
}
