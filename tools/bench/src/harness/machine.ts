import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

/** Where a suite was run. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly system: string;
  readonly node: string;
}

/** Describes this machine. */
export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
  };
}

/** Processes that ran or waited for a core, on average over the last minute. */
export function load(): number {
  return Number((loadavg()[0] ?? NaN).toFixed(2));
}
