import { alertId } from '../alert.js';
import type { Plan } from '../policies/plan.js';
import type { ClaimCommand, RaiseCommand } from '../store.js';

const minute = 60_000;
/** One hour in milliseconds. */
export const hour = 60 * minute;

/** A plan with an escalation at the third occurrence in an hour, and changes to it. */
export function testPlan(changes: Partial<Plan> = {}): Plan {
  return {
    policy: 'test',
    occurrence: 'report',
    channels: ['first'],
    reminder: null,
    recurrence: [
      {
        name: 'recurring',
        level: 2,
        severity: 'critical',
        type: null,
        channels: ['second'],
        reminder: null,
        count: 3,
        windowMillis: hour,
      },
    ],
    timed: [],
    keepOccurrences: 3,
    keepWindowMillis: hour,
    minClearMillis: 5 * minute,
    flapping: null,
    expireAfterMillis: null,
    notifyAcknowledged: true,
    notifyResolved: true,
    groupWaitMillis: 0,
    ...changes,
  };
}

/** A raise of this key, and changes to it. */
export function testRaise(key: string, changes: Partial<RaiseCommand> = {}): RaiseCommand {
  const labels = changes.labels ?? {};
  return {
    id: alertId(key, labels),
    key,
    labels,
    annotations: {},
    severity: 'medium',
    type: 'alert',
    source: { kind: 'api' },
    plan: testPlan(),
    group: null,
    escalatedType: null,
    startsAt: null,
    occurrenceId: null,
    ...changes,
  };
}

/** A claim on this channel, and changes to it. */
export function testClaim(channel: string, changes: Partial<ClaimCommand> = {}): ClaimCommand {
  return { channel, limit: 100, leaseMillis: 1000, rate: null, silencesVersion: null, ...changes };
}
