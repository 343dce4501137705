import { AlertingSystem } from '@llm/alerting';
import { median } from '../figures.js';
import { sampleAlert } from './sample-alert.js';

/** What many active alerts in memory cost. */
export interface ResidentAlerts {
  /** Heap used more than before they were raised, after a collection, bytes. */
  readonly heapBytes: number;
  readonly residentBytes: number;
  /** The first `active()` after all were raised, milliseconds. */
  readonly firstCallMillis: number;
  /** Its median over 20 more calls, milliseconds. */
  readonly pageMillis: number;
}

/** Raises so many alerts, has each delivered, and looks at the heap. Needs `node --expose-gc`. */
export async function residentAlerts({ alerts }: { alerts: number }): Promise<ResidentAlerts> {
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error('node must run with --expose-gc');
  const alerting = new AlertingSystem({
    channels: [{ name: 'page', concurrency: 64, send: () => Promise.resolve() }],
  });
  await alerting.raise(sampleAlert('before'));
  await alerting.flush();
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let n = 0; n < alerts; n += 1) await alerting.raise(sampleAlert(`model-${n}`));
  const { undelivered } = await alerting.flush(60_000);
  if (undelivered !== 0) throw new Error(`${String(undelivered)} deliveries are left`);
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  const page = async (): Promise<number> => {
    const begun = performance.now();
    const { items } = await alerting.active();
    if (items.length !== 100) throw new Error(`a page of ${items.length}`);
    return performance.now() - begun;
  };
  const firstCallMillis = await page();
  const more: number[] = [];
  for (let n = 0; n < 20; n += 1) more.push(await page());
  await alerting.stop();
  return {
    heapBytes: heapUsed - before,
    residentBytes: rss,
    firstCallMillis,
    pageMillis: median(more),
  };
}
