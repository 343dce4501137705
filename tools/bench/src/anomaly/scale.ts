/** Size and speed of many models in one process: `npm run bench:anomaly-scale -- --help`. */
import { ModelPerformanceMonitor } from '@llm/anomaly';
import { runCommand, whole } from '../command-line.js';
import { grouped, quantile } from '../figures.js';
import { Random } from '../random.js';
import { table } from '../table.js';
import { moreFeatures, Service, SharedTraffic, WINDOW_MILLIS } from './service-weeks.js';

const options = {
  models: whole(10_000, { min: 1, max: 100_000, help: 'models in the process' }),
  windows: whole(600, { min: 60, max: 100_000, help: 'windows that each is observed for' }),
} as const;

await runCommand(
  {
    usage: 'npm run bench:anomaly-scale --',
    summary: 'Memory and time of a monitor of many models with 8 metrics, and its saved size (built-in traffic).', // prettier-ignore
    options,
  },
  ({ models, windows }) => {
    const saved = savedBytes();
    const random = new Random(9);
    const shared = new SharedTraffic(1);
    // A hundred services take turns at being the traffic of all models: drawing it must not be what is measured.
    const services = Array.from({ length: 100 }, () => new Service(random.whole(0, 1e9), shared));
    const drawn = services.map((service) => Array.from({ length: windows }, () => service.next()));
    const monitor = new ModelPerformanceMonitor({
      features: moreFeatures,
      intervalMillis: WINDOW_MILLIS,
      maxModels: models,
    });
    const names = Array.from({ length: models }, (_, index) => `model-${index}`);
    const micros: number[] = [];
    for (let window = 0; window < windows; window += 1) {
      const begin = process.cpuUsage();
      for (let index = 0; index < models; index += 1) {
        const metrics = drawn[index % 100]?.[window];
        if (metrics) monitor.observe(names[index] ?? '', metrics, (window + 1) * WINDOW_MILLIS);
      }
      const { user, system } = process.cpuUsage(begin);
      micros.push((user + system) / models);
    }
    const resident = process.memoryUsage.rss();
    const mean = micros.reduce((sum, value) => sum + value, 0) / micros.length;
    console.log(
      table([
        ['', 'measured', 'goal'],
        ['saved monitor of one model, 5 metrics, 3000 windows', `${grouped(saved)} bytes`, '<= 150 000'], // prettier-ignore
        [`resident, ${grouped(models)} models x 8 metrics`, `${(resident / 1e9).toFixed(2)} GB`, '<= 1.50 GB'], // prettier-ignore
        ['observe, CPU time, mean', `${mean.toFixed(1)} us`, '<= 20'],
        ['observe, CPU time, median round', `${quantile(micros, 0.5).toFixed(1)} us`, ''],
      ]),
    );
    return Promise.resolve(saved <= 150_000 && resident <= 1.5e9 && mean <= 20);
  },
);

function savedBytes(): number {
  const monitor = new ModelPerformanceMonitor({ intervalMillis: WINDOW_MILLIS });
  const service = new Service(3, new SharedTraffic(1));
  for (let window = 0; window < 3000; window += 1) {
    const { at } = service;
    monitor.observe('m', service.next(), at);
  }
  return Buffer.byteLength(JSON.stringify(monitor));
}
