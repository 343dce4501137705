/** Observes many models window by window, and tells what that took. Started by `scale.ts`. */
import { ModelPerformanceMonitor } from '@llm/anomaly';
import { Random } from '../random.js';
import { moreFeatures, Service, SharedTraffic, WINDOW_MILLIS } from './service-weeks.js';

export interface ScaleJob {
  readonly models: number;
  readonly windows: number;
}

export interface ScaleAnswer {
  /** CPU time of an `observe`, all threads, mean over the models, by window. */
  readonly micros: readonly number[];
  /** Resident after each window, bytes. */
  readonly bytes: readonly number[];
}

/** So many services take turns at being the traffic of all models: drawing it must not be what is measured. */
const SERVICES = 100;

const { models, windows } = JSON.parse(process.argv[2] ?? '{}') as ScaleJob;
const random = new Random(9);
const shared = new SharedTraffic(1);
const services = Array.from({ length: SERVICES }, () => new Service(random.whole(0, 1e9), shared));
const names = Array.from({ length: models }, (_, index) => `model-${index}`);
const monitor = new ModelPerformanceMonitor({
  features: moreFeatures,
  intervalMillis: WINDOW_MILLIS,
  maxModels: models,
});
const micros: number[] = [];
const bytes: number[] = [];
for (let window = 0; window < windows; window += 1) {
  shared.next();
  const at = services[0]?.at ?? NaN;
  const drawn = services.map((service) => service.next());
  const before = process.cpuUsage();
  names.forEach((name, index) => {
    monitor.observe(name, drawn[index % SERVICES] ?? {}, at);
  });
  const { user, system } = process.cpuUsage(before);
  micros.push((user + system) / models);
  bytes.push(process.memoryUsage.rss());
}
process.send?.({ micros, bytes } satisfies ScaleAnswer);
