/** Why a window's time makes it one that cannot be judged. */
export type TimeFault = 'out_of_order' | 'duplicate_timestamp' | 'invalid_timestamp';

/** Windows in order among themselves after which a clock that went back is believed. */
const BELIEVED_AFTER = 3;

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
    const arrival = { at, fault: null, isFresh: false, clockJumped: false };
    if (Number.isNaN(new Date(at).getTime())) return { ...arrival, fault: 'invalid_timestamp' };
    if (last === null) return { ...arrival, isFresh: true };
    // A window that is observed without a time is the newest one, whatever the clock says.
    if (!given && at <= last) return { ...arrival, isFresh: false, clockJumped: at < last };
    if (at === last) return { ...arrival, fault: 'duplicate_timestamp' };
    if (at > last) return { ...arrival, isFresh: at - last > 3.5 * cadence };
    const inOrder = early !== null && at > early;
    if (inOrder && earlyCount + 1 >= BELIEVED_AFTER) {
      return { ...arrival, isFresh: true, clockJumped: true };
    }
    return { ...arrival, fault: early === at ? 'duplicate_timestamp' : 'out_of_order' };
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
