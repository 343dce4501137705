import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a condition for so long; then it goes on without. */
export async function eventually(condition: () => boolean, millis: number): Promise<void> {
  const end = performance.now() + millis;
  while (!condition() && performance.now() < end) await sleep(5);
}
