/** Size and speed of many models in one process: `npm run bench:anomaly-scale -- --help`. */
import { ModelPerformanceMonitor } from '@llm/anomaly';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { whole } from '../command-line.js';
import { grouped, quantile } from '../figures.js';
import { packageVersion } from '../harness/peer-version.js';
import { runSuiteCommand } from '../harness/suite-command.js';
import { table } from '../table.js';
import type { ScaleAnswer, ScaleJob } from './scale-process.js';
import { Service, SharedTraffic, WINDOW_MILLIS } from './service-weeks.js';

/** Windows from which on a model is no longer learnt anew as a whole. */
const STEADY_FROM = 520;

const options = {
  models: whole(10_000, { min: 1, max: 100_000, help: 'models in the process' }),
  windows: whole(720, { min: 600, max: 100_000, help: 'windows that each is observed for' }),
} as const;

await runSuiteCommand(
  {
    usage: 'npm run bench:anomaly-scale --',
    summary: 'Memory and time of a monitor of many models with 8 metrics, and its saved size (built-in traffic).', // prettier-ignore
    options,
  },
  async ({ models, windows }, report) => {
    const saved = savedBytes();
    const { micros, bytes } = await observe({ models, windows });
    const steady = micros.slice(STEADY_FROM);
    const learning = micros.slice(0, STEADY_FROM);
    const most = Math.max(...bytes);
    console.log(
      table([
        [`${grouped(models)} models x 8 metrics, ${windows} windows each, a process of its own`, 'measured', 'goal'], // prettier-ignore
        ['saved monitor of one model, 5 metrics, 3000 windows', `${grouped(saved)} bytes`, '<= 150 000'], // prettier-ignore
        ['resident at the end', gigabytes(bytes.at(-1) ?? NaN), ''],
        ['resident, the most after any round', gigabytes(most), '<= 1.50 GB'],
        [`observe, CPU time, mean from window ${STEADY_FROM} on`, microseconds(mean(steady)), '<= 20.0 us'], // prettier-ignore
        ['  median round of these', microseconds(quantile(steady, 0.5)), ''],
        [`observe, mean of all windows, learning anew included`, microseconds(mean(micros)), ''],
        [`  learning anew, nine times up to window 512, a model`, `${((sum(learning) - STEADY_FROM * quantile(learning, 0.5)) / 1000).toFixed(1)} ms`, ''], // prettier-ignore
      ]),
    );
    const by = '@llm/anomaly';
    report.setting = `${grouped(models)} models of 8 metrics in one process, ${windows} windows each.`;
    report.subject(by, packageVersion(by), 'defaults');
    const cpu = { by, unit: 'µs', clock: 'CPU', better: 'lower', digits: 1 } as const;
    report.add('saved', { what: 'saved monitor of one model, 5 metrics, 3 000 windows', by, unit: 'kB', better: 'lower', digits: 0, values: [saved / 1000] }); // prettier-ignore
    report.add('resident', { what: 'resident memory, the most after any round', by, unit: 'GB', better: 'lower', digits: 2, values: [most / 1e9] }); // prettier-ignore
    report.add('observe', { what: `observe, mean from window ${STEADY_FROM} on`, ...cpu, values: [mean(steady)] }); // prettier-ignore
    report.add('observe-learning', { what: 'observe, mean of all windows, learning anew included', ...cpu, values: [mean(micros)] }); // prettier-ignore
    return saved <= 150_000 && most <= 1.5e9 && mean(steady) <= 20;
  },
);

/** Runs the models in a process of its own, so that nothing but them is resident in it. */
async function observe(job: ScaleJob): Promise<ScaleAnswer> {
  const child = fork(new URL('./scale-process.js', import.meta.url), [JSON.stringify(job)]);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the measuring process ended with ${String(code)}`);
  });
  const answered = once(child, 'message') as Promise<[ScaleAnswer]>;
  const [answer] = await Promise.race([answered, ended]);
  ended.catch(() => undefined);
  child.disconnect();
  return answer;
}

function savedBytes(): number {
  const monitor = new ModelPerformanceMonitor({ intervalMillis: WINDOW_MILLIS });
  const service = new Service(3, new SharedTraffic(1));
  for (let window = 0; window < 3000; window += 1) {
    const { at } = service;
    monitor.observe('m', service.next(), at);
  }
  return Buffer.byteLength(JSON.stringify(monitor));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}

function microseconds(micros: number): string {
  return `${micros.toFixed(1)} us`;
}
