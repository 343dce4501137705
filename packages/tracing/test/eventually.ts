import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until a condition holds, at most five seconds. */
export async function eventually(condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`did not happen: ${what}`);
    await sleep(10);
  }
}
