import { setImmediate } from 'node:timers/promises';
import { AlertingSystem, type AlertStore, type Channel } from '@llm/alerting';
import { openStore, type StoreAddress } from './store-address.js';
import { sampleAlert } from './sample-alert.js';

/** What is raised, by how many at a time, and what the system does beside it. */
export interface RaiseRateJob {
  readonly store: StoreAddress;
  readonly raises: number;
  readonly callers: number;
  readonly keys: 'distinct' | 'one';
  /** Whether the same process delivers meanwhile, to a channel that takes everything at once. */
  readonly deliver: boolean;
}

export interface RaiseRate {
  readonly raisesPerSecond: number;
  /** Raised and delivered; null: nothing was delivered. */
  readonly deliveriesPerSecond: number | null;
}

/** How many raises a second the callers get stored, each waiting for the answer before its next. */
export async function raiseRate(job: RaiseRateJob): Promise<RaiseRate> {
  const { store, close } = await openStore(job.store);
  try {
    // What the just-in-time compiler and the connections need happens before.
    await measure(
      job,
      store,
      'warm',
      Math.min(job.raises, job.store.kind === 'memory' ? 20_000 : 500),
    );
    return await measure(job, store, 'measured', job.raises);
  } finally {
    await close();
  }
}

async function measure(
  job: RaiseRateJob,
  store: AlertStore,
  name: string,
  raises: number,
): Promise<RaiseRate> {
  let delivered = 0;
  const channel: Channel = {
    name,
    concurrency: 64,
    send: () => {
      delivered += 1;
      return Promise.resolve();
    },
  };
  const alerting = new AlertingSystem({ channels: [channel], store, autoStart: job.deliver });
  let next = 0;
  const caller = async (): Promise<void> => {
    for (let n = next++; n < raises; n = next++) {
      await alerting.raise(sampleAlert(job.keys === 'one' ? name : `${name}-${n}`));
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: job.callers }, caller));
  const raised = performance.now();
  // One key: it opens, and escalates at its third occurrence.
  const expected = job.keys === 'one' ? 2 : raises;
  while (job.deliver && delivered < expected) await setImmediate();
  const ended = performance.now();
  await alerting.stop();
  return {
    raisesPerSecond: (raises / (raised - begun)) * 1000,
    deliveriesPerSecond: job.deliver ? (delivered / (ended - begun)) * 1000 : null,
  };
}
