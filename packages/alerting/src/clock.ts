/** Local time. A shared store decides by its own clock; this one only says when to look again. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Calls back once after a delay and returns how to cancel it. Default: an unreferenced `setTimeout`. */
  schedule?(callback: () => void, delayMillis: number): () => void;
}

/** A clock that can also wake somebody. */
export type WakingClock = Required<Clock>;

/** A sleep is cut into pieces of at most this, so that a clock that jumped ahead is noticed. */
const longestSleepMillis = 30_000;

/** After the delay has passed, or as soon as the machine's clock has jumped past it (a laptop that slept). */
function scheduleTimeout(callback: () => void, delayMillis: number): () => void {
  const target = Date.now() + delayMillis;
  let rest = Math.max(0, delayMillis);
  let timeout: NodeJS.Timeout;
  const sleep = (): void => {
    const piece = Math.min(rest, longestSleepMillis);
    rest -= piece;
    timeout = setTimeout(() => (rest <= 0 || Date.now() >= target ? callback() : sleep()), piece);
    timeout.unref();
  };
  sleep();
  return () => clearTimeout(timeout);
}

/** The machine's clock; its timers keep no process alive. */
export const systemClock: WakingClock = { now: () => Date.now(), schedule: scheduleTimeout };

/** The clock with the default timer where it brings none of its own. */
export function wakingClock(clock: Clock): WakingClock {
  return {
    now: () => clock.now(),
    schedule: clock.schedule?.bind(clock) ?? scheduleTimeout,
  };
}
