import { checkPolicies } from './policy-check.js';
import { durationMillis, type Duration } from '../duration.js';
import type { Plan, PlanReminder, PlanStep, RecurrenceStep, TimedStep } from './plan.js';
import { subjectValue } from '../noise/silence.js';
import type { EscalationPolicies, EscalationPolicy, EscalationStep } from './policy.js';
import { policyMatcher, type PolicySubject } from './policy-match.js';

/** How often within how long makes an alert recurring. */
export interface Recurrence {
  /** Default 3. */
  readonly count?: number;
  /** Default 1 hour. */
  readonly within?: Duration;
  /** What an occurrence is: every raise, or every opening of an episode. Default `report`. */
  readonly of?: 'report' | 'episode';
}

interface Chapter {
  readonly governs: (subject: PolicySubject) => boolean;
  readonly plan: Plan;
  readonly groupBy: readonly string[] | null;
}

/** The policies compiled to plans, in order; an alert that none matches gets the default one. */
export class PolicyBook {
  readonly #chapters: readonly Chapter[];

  constructor(
    data: EscalationPolicies | undefined,
    channels: readonly string[],
    recurrence: Required<Recurrence>,
  ) {
    const policies = data ?? { policies: [] };
    checkPolicies(policies, channels);
    const all = [...policies.policies, defaultPolicy(channels, recurrence)];
    const keep = kept(all, recurrence);
    this.#chapters = all.map((policy) => ({
      governs: policyMatcher(policy.match),
      plan: { ...compile(policy, all, recurrence), ...keep },
      groupBy: policy.groupBy ?? null,
    }));
  }

  /** The plan that governs an alert, and the group that it belongs to. */
  planFor(subject: PolicySubject): { readonly plan: Plan; readonly group: string | null } {
    for (const { governs, plan, groupBy } of this.#chapters) {
      if (governs(subject)) {
        return { plan, group: groupBy === null ? null : groupOf(plan, groupBy, subject) };
      }
    }
    // The default policy governs everything; it is the last.
    throw new Error(`no policy governs ${subject.key}`);
  }
}

/** Tells every channel, and escalates to `critical` on every channel when the alert recurs. */
function defaultPolicy(
  channels: readonly string[],
  { count, within }: Required<Recurrence>,
): EscalationPolicy {
  return {
    name: 'default',
    channels,
    steps: [{ name: 'recurring', recurrence: { count, within }, channels, severity: 'critical' }],
  };
}

function groupOf(plan: Plan, labels: readonly string[], subject: PolicySubject): string {
  const values = labels.map((label) => subjectValue(subject, label));
  return JSON.stringify([plan.policy, ...values]);
}

function compile(
  policy: EscalationPolicy,
  all: readonly EscalationPolicy[],
  system: Required<Recurrence>,
): Omit<Plan, keyof Kept> {
  const recurrence: RecurrenceStep[] = [];
  const timed: TimedStep[] = [];
  let level = 1;
  let offset = 0;
  const add = (steps: readonly EscalationStep[], ofSequel: boolean): void => {
    let last = offset;
    for (const step of steps) {
      if (ofSequel && step.recurrence !== undefined) continue;
      level = step.level ?? level + 1;
      const compiled = compileStep(step, level);
      if (step.recurrence === undefined) {
        const afterMillis = offset + durationMillis('after', step.after);
        last = Math.max(last, afterMillis);
        timed.push({ ...compiled, afterMillis });
      } else {
        const windowMillis = durationMillis('within', step.recurrence.within);
        recurrence.push({ ...compiled, count: step.recurrence.count, windowMillis });
      }
    }
    offset = last;
  };
  add(policy.steps ?? [], false);
  for (let next = policy.continueWith; next !== undefined;) {
    const sequel = all.find(({ name }) => name === next);
    add(sequel?.steps ?? [], true);
    next = sequel?.continueWith;
  }
  timed.sort((a, b) => a.afterMillis - b.afterMillis);
  const { expireAfter = '24h' } = policy;
  return {
    policy: policy.name,
    occurrence: policy.occurrence ?? system.of,
    channels: policy.channels ?? [],
    reminder: reminderOf(policy),
    recurrence,
    timed,
    minClearMillis: durationMillis('minClear', policy.minClear ?? '5m'),
    flapping: flappingOf(policy),
    expireAfterMillis: expireAfter === false ? null : durationMillis('expireAfter', expireAfter),
    notifyAcknowledged: policy.notifyAcknowledged ?? true,
    notifyResolved: policy.notifyResolved ?? true,
    groupWaitMillis: durationMillis('groupWait', policy.groupWait ?? '5s'),
  };
}

type Kept = Pick<Plan, 'keepOccurrences' | 'keepWindowMillis'>;

/** As many occurrences as any policy asks for: a worse severity may bring another in the middle of an episode. */
function kept(all: readonly EscalationPolicy[], system: Required<Recurrence>): Kept {
  const asked = all.flatMap(({ steps = [] }) =>
    steps.flatMap(({ recurrence }) => (recurrence === undefined ? [] : [recurrence])),
  );
  const windows = [system, ...asked].map(({ within }) => durationMillis('within', within));
  return {
    keepOccurrences: Math.max(system.count, ...asked.map(({ count }) => count)),
    keepWindowMillis: Math.max(...windows),
  };
}

function compileStep(step: EscalationStep, level: number): PlanStep {
  return {
    name: step.name ?? `level-${level}`,
    level,
    severity: step.severity ?? (step.recurrence === undefined ? null : 'critical'),
    type: step.type ?? null,
    channels: step.channels,
    reminder: reminderOf(step),
  };
}

function flappingOf({ flapping }: EscalationPolicy): Plan['flapping'] {
  if (flapping === undefined) return null;
  return {
    count: flapping.episodes,
    windowMillis: durationMillis('within', flapping.within),
    minClearMillis: durationMillis('minClear', flapping.minClear),
  };
}

function reminderOf(owner: {
  readonly repeatEvery?: Duration;
  readonly maxRepeats?: number;
}): PlanReminder | null {
  if (owner.repeatEvery === undefined) return null;
  const everyMillis = durationMillis('repeatEvery', owner.repeatEvery);
  return { everyMillis, max: owner.maxRepeats ?? null };
}
