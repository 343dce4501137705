/** Why a window's time makes it one that cannot be judged. */
export type TimeFault = 'out_of_order' | 'duplicate_timestamp' | 'invalid_timestamp';

/** Windows in order among themselves after which a clock that went back is believed. */
const BELIEVED_AFTER = 3;

/** The latest time that a `Date` can hold, and the earliest before 1970, milliseconds. */
const LATEST = 8.64e15;

/** The state of a `WindowClock`, JSON-able. */
export interface ClockState {
  /** Time of the newest window, null before the first. */
  last: number | null;
  /** Usual time between two windows, milliseconds. */
  cadence: number;
  /** Whether `cadence` was measured. */
  measured: boolean;
  /** Newest of the windows that came too early, and how many of them in order. */
  early: number | null;
  earlyCount: number;
}

/** What a window's time says: whether it follows the one before, and how. */
export interface Arrival {
  readonly at: number;
  readonly fault: TimeFault | null;
  /** The windows before do not lead up to this one: there is a gap, or the clock was set. */
  readonly isFresh: boolean;
  readonly clockJumped: boolean;
}

/** Follows the times of one model's windows: their order, their usual distance, gaps, and clocks that jump. */
export class WindowClock {
  readonly state: ClockState;

  constructor(intervalMillis: number, state?: ClockState) {
    this.state = state ?? {
      last: null,
      cadence: intervalMillis,
      measured: false,
      early: null,
      earlyCount: 0,
    };
  }

  /** Judges a time given with a window, or, where `given` is false, read from the clock just now. */
  look(at: number, given: boolean): Arrival {
    const { last, cadence, early, earlyCount } = this.state;
    const arrived = (fault: TimeFault | null, isFresh = false, clockJumped = false): Arrival => ({
      at,
      fault,
      isFresh,
      clockJumped,
    });
    if (!(Math.abs(at) <= LATEST)) return arrived('invalid_timestamp');
    if (last === null) return arrived(null, true);
    // A window that is observed without a time is the newest one, whatever the clock says.
    if (!given && at <= last) return arrived(null, false, at < last);
    if (at === last) return arrived('duplicate_timestamp');
    if (at > last) return arrived(null, at - last > 3.5 * cadence);
    const inOrder = early !== null && at > early;
    if (inOrder && earlyCount + 1 >= BELIEVED_AFTER) return arrived(null, true, true);
    return arrived(early === at ? 'duplicate_timestamp' : 'out_of_order');
  }

  /** Remembers what `look` saw. */
  accept({ at, fault, clockJumped }: Arrival): void {
    const { state } = this;
    if (fault === 'invalid_timestamp' || fault === 'duplicate_timestamp') return;
    if (fault === 'out_of_order') {
      const inOrder = state.early !== null && at > state.early;
      state.earlyCount = inOrder ? state.earlyCount + 1 : 1;
      state.early = at;
      return;
    }
    const gap = state.last === null || clockJumped ? 0 : at - state.last;
    if (gap >= 1) {
      const { cadence } = state;
      if (state.measured) {
        state.cadence += 0.05 * (Math.min(2 * cadence, Math.max(cadence / 2, gap)) - cadence);
      } else {
        state.cadence = gap;
        state.measured = true;
      }
    }
    state.last = at;
    state.early = null;
    state.earlyCount = 0;
  }
}
