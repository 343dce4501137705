import { fork, type ChildProcess } from 'node:child_process';
import { postRate } from './alertmanager-rate.js';
import { raiseOneByOne } from './page-latency.js';
import { raiseRate } from './raise-rate.js';
import { residentAlerts } from './resident-alerts.js';

/** What a process of its own can measure, so that no measurement inherits the heap of another. */
export const measurements = { raiseRate, residentAlerts, raiseOneByOne, postRate };

export type MeasurementName = keyof typeof measurements;
type Job<Name extends MeasurementName> = Parameters<(typeof measurements)[Name]>[0];
type Result<Name extends MeasurementName> = Awaited<ReturnType<(typeof measurements)[Name]>>;

/** What the process answers. */
export type MeasurementAnswer = { readonly result: unknown } | { readonly error: string };

/** Measures in a fresh process; `onStart` is handed it, to tell it things meanwhile. */
export function measured<Name extends MeasurementName>(
  name: Name,
  job: Job<Name>,
  onStart: (child: ChildProcess) => void = () => undefined,
): Promise<Result<Name>> {
  const child = fork(
    new URL('./measuring-process.js', import.meta.url),
    [name, JSON.stringify(job)],
    { execArgv: ['--expose-gc'] },
  );
  onStart(child);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      reject(new Error(`${name}: its process ended with ${String(signal ?? code)}`));
    });
    child.once('message', (answer: MeasurementAnswer) => {
      if ('error' in answer) reject(new Error(`${name}: ${answer.error}`));
      else resolve(answer.result as Result<Name>);
    });
  });
}
