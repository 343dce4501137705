import type { WakingClock } from '../clock.js';
import type { Courier } from '../delivery/courier.js';
import { formatDuration } from '../duration.js';
import type { AlertStore } from '../store.js';

/** Whether alerts would be raised and delivered now. */
export interface Health {
  readonly healthy: boolean;
  /** What is wrong, in words; empty when healthy. */
  readonly problems: readonly string[];
}

/** A store that takes longer to answer a small question is not there. */
const storeTimeoutMillis = 5000;
/** A channel whose deliveries have only failed for so long reaches nobody. */
const failingMillis = 5 * 60_000;

/** Asks the store and looks at the channels. Never rejects. */
export async function checkHealth(
  store: AlertStore,
  clock: WakingClock,
  couriers: Iterable<Courier>,
  waitingRaises: number,
): Promise<Health> {
  const problems: string[] = [];
  const failure = await storeFailure(store, clock);
  if (failure !== null) problems.push(`the store cannot be reached (${failure})`);
  if (waitingRaises > 0) problems.push(`${waitingRaises} raises wait for the store`);
  for (const { channel, failingSince } of couriers) {
    const failing = failingSince === null ? 0 : clock.now() - failingSince;
    if (failing < failingMillis) continue;
    problems.push(`channel ${channel.name} has delivered nothing for ${formatDuration(failing)}`);
  }
  return { healthy: problems.length === 0, problems };
}

async function storeFailure(store: AlertStore, clock: WakingClock): Promise<string | null> {
  let cancel: (() => void) | undefined;
  const late = new Promise<string>((resolve) => {
    const problem = `no answer within ${storeTimeoutMillis} ms`;
    cancel = clock.schedule(() => resolve(problem), storeTimeoutMillis);
  });
  const asked = store.occurrences('health', 1).then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  const failure = await Promise.race([asked, late]);
  cancel?.();
  return failure;
}
