import { publicAlert, type Alert, type AlertState, type Cause, type Severity } from './alert.js';
import type { HistoryEntry } from './history.js';
import type { PlanStep } from './policies/plan.js';

/** Why an alert is where it is, and what comes next. */
export interface Explanation {
  readonly alert: Alert;
  readonly policy: string;
  /** Channels of the initial notification. */
  readonly channels: readonly string[];
  readonly steps: readonly ExplainedStep[];
  /** When it is repeated next; null: it is not. */
  readonly nextReminderAt: number | null;
  /** When it resolves if it stays clear; null: it is not clearing. */
  readonly clearAt: number | null;
  /** When it resolves if nothing is heard; null: never, or it is resolved. */
  readonly expiresAt: number | null;
  /** Occurrences that recurrence steps count, most recent last. */
  readonly recentOccurrences: readonly number[];
  /** What holds its pages back now: a silence or another alert; null: nothing. */
  readonly heldBackBy: Cause | null;
  /** Notifications of this episode that were held back or dropped, latest first, with the reason. */
  readonly suppressed: readonly HistoryEntry[];
}

/** A step of the policy, and what has become of it in this episode. */
export interface ExplainedStep {
  readonly name: string;
  readonly trigger:
    | { readonly kind: 'recurrence'; readonly count: number; readonly windowMillis: number }
    | { readonly kind: 'time'; readonly afterMillis: number };
  readonly level: number;
  readonly severity: Severity | null;
  readonly channels: readonly string[];
  /** `cancelled`: somebody acknowledged, or the alert is resolved. */
  readonly state: 'done' | 'waiting' | 'cancelled';
  /** When a step by time is due; null: it is not waiting for a time. */
  readonly dueAt: number | null;
}

/** Explains an alert from its state and the latest of its history. */
export function explainAlert(
  state: AlertState,
  history: readonly HistoryEntry[],
  heldBackBy: Cause | null,
): Explanation {
  const { plan } = state;
  const open = state.status === 'firing';
  const describe = (step: PlanStep, done: boolean) => ({
    name: step.name,
    level: step.level,
    severity: step.severity,
    channels: step.channels,
    state: done ? ('done' as const) : open ? ('waiting' as const) : ('cancelled' as const),
  });
  const steps: ExplainedStep[] = [
    ...plan.recurrence.map((step, index) => ({
      ...describe(step, state.reached.includes(index)),
      trigger: {
        kind: 'recurrence' as const,
        count: step.count,
        windowMillis: step.windowMillis,
      },
      dueAt: null,
    })),
    ...plan.timed.map((step, index) => ({
      ...describe(step, index < state.nextTimed),
      trigger: { kind: 'time' as const, afterMillis: step.afterMillis },
      dueAt: open && index >= state.nextTimed ? state.firedAt + step.afterMillis : null,
    })),
  ];
  const { expireAfterMillis } = plan;
  return {
    alert: publicAlert(state),
    policy: plan.policy,
    channels: plan.channels,
    steps: steps.sort((a, b) => a.level - b.level),
    nextReminderAt: open ? (state.reminder?.at ?? null) : null,
    clearAt: state.clearAt,
    expiresAt:
      expireAfterMillis === null || state.status === 'resolved'
        ? null
        : state.lastOccurrenceAt + expireAfterMillis,
    recentOccurrences: state.recent,
    heldBackBy,
    suppressed: history.filter(
      ({ event, episode }) =>
        episode === state.episode && (event === 'suppressed' || event === 'dropped'),
    ),
  };
}
