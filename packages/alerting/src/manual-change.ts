import type { AlertState } from './alert.js';
import type { PlanStep } from './policies/plan.js';
import type { AlertChange } from './store.js';

/** Who changes an alert, and why. */
export interface ChangeOptions {
  /** A person or a system. Default `unknown`. */
  readonly by?: string;
  /** In words. Default: none. */
  readonly note?: string;
  /** Only if this is the alert's episode, so that a late click changes nothing newer. Default: any. */
  readonly episode?: number;
}

/** The part of a change that says who made it. */
export function changeBy({
  by = 'unknown',
  note,
  episode,
}: ChangeOptions): Pick<AlertChange, 'cause' | 'episode'> {
  const cause = { kind: 'user', by, ...(note === undefined ? {} : { note }) } as const;
  return { cause, ...(episode === undefined ? {} : { episode }) };
}

/** The step that an escalation by hand takes: the policy's next, or one level up on every channel so far. */
export function nextStep({ plan, escalationLevel, notified }: AlertState): PlanStep {
  const [next] = [...plan.recurrence, ...plan.timed]
    .filter(({ level }) => level > escalationLevel)
    .sort((a, b) => a.level - b.level);
  if (next !== undefined) {
    const { name, level, severity, type, channels, reminder } = next;
    return { name, level, severity: severity ?? 'critical', type, channels, reminder };
  }
  return {
    name: `level-${escalationLevel + 1}`,
    level: escalationLevel + 1,
    severity: 'critical',
    type: null,
    channels: notified.length > 0 ? notified : plan.channels,
    reminder: null,
  };
}
