import type { Severity } from '../alert.js';

/**
 * An escalation policy compiled to plain data: what a store applies by itself, in one atomic step,
 * without calling back. `lifecycle.ts` is the reference of how it is applied.
 */
export interface Plan {
  /** Name of the policy. */
  readonly policy: string;
  /** What counts as an occurrence: every raise, or every opening of an episode. */
  readonly occurrence: 'report' | 'episode';
  /** Channels of the initial notification. */
  readonly channels: readonly string[];
  /** Reminders after the initial notification; null: none. */
  readonly reminder: PlanReminder | null;
  /** Steps by recurrence. */
  readonly recurrence: readonly RecurrenceStep[];
  /** Steps by time without acknowledgement, ascending by `afterMillis`. */
  readonly timed: readonly TimedStep[];
  /** How many occurrence times an alert keeps: the largest count that any policy asks for. */
  readonly keepOccurrences: number;
  /** For how long: the longest window that any policy asks for. */
  readonly keepWindowMillis: number;
  /** How long an alert must stay clear before it resolves; 0: at once. */
  readonly minClearMillis: number;
  /** How long it must stay clear while it flaps; null: as long as any other. */
  readonly flapping: PlanFlapping | null;
  /** An alert of which nothing was heard for so long resolves by itself; null: never. */
  readonly expireAfterMillis: number | null;
  /** Whether the notified channels hear of an acknowledgement. */
  readonly notifyAcknowledged: boolean;
  /** Whether the notified channels hear of the end. */
  readonly notifyResolved: boolean;
  /** How long a grouped notification waits for others. */
  readonly groupWaitMillis: number;
}

/** An alert flaps while it has opened `count` times within the last `windowMillis`. */
export interface PlanFlapping {
  readonly count: number;
  readonly windowMillis: number;
  /** How long it must stay clear then. */
  readonly minClearMillis: number;
}

/** Repeats until acknowledged or until a later step governs. */
export interface PlanReminder {
  readonly everyMillis: number;
  /** null: no end. */
  readonly max: number | null;
}

/** What an escalation does. */
export interface PlanStep {
  readonly name: string;
  /** The alert's level becomes at least this. */
  readonly level: number;
  /** The alert's severity becomes at least this; null: unchanged. */
  readonly severity: Severity | null;
  /** The alert's type becomes this; null: the raiser's `escalatedType`, or unchanged. */
  readonly type: string | null;
  readonly channels: readonly string[];
  readonly reminder: PlanReminder | null;
}

/** Escalates when `count` occurrences lie in the last `windowMillis`. */
export interface RecurrenceStep extends PlanStep {
  readonly count: number;
  readonly windowMillis: number;
}

/** Escalates when nobody has acknowledged for `afterMillis`. */
export interface TimedStep extends PlanStep {
  readonly afterMillis: number;
}
