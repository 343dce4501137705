import { severities } from '../alert.js';
import { AlertingConfigError } from '../configuration.js';
import { durationMillis, formatDuration } from '../duration.js';
import type {
  EscalationPolicies,
  EscalationPolicy,
  EscalationStep,
  PolicyMatch,
} from './policy.js';
import { textMatcher } from './text-matcher.js';

type Policies = EscalationPolicies['policies'];

/** Throws an error about policies, each fine by itself, that contradict their own order. */
export function checkOrder(policies: Policies): void {
  for (const [index, policy] of policies.entries()) {
    const reached = checkSteps(`policies[${index}].steps`, policy.steps ?? []);
    checkSequel(policies, index, reached);
  }
  checkReach(policies);
}

interface LevelledStep {
  readonly path: string;
  readonly level: number;
  readonly step: EscalationStep;
}

/** A higher level comes later, by time or by count; the highest level is returned. */
function checkSteps(path: string, steps: readonly EscalationStep[]): number {
  let level = 1;
  const levelled: LevelledStep[] = [];
  for (const [index, step] of steps.entries()) {
    level = step.level ?? level + 1;
    levelled.push({ path: `${path}[${index}]`, level, step });
  }
  levelled.sort((a, b) => a.level - b.level);
  for (const [place, higher] of levelled.entries()) {
    for (const lower of levelled.slice(0, place)) {
      if (lower.level < higher.level) checkLater(lower, higher);
    }
  }
  return levelled.at(-1)?.level ?? 1;
}

function checkLater(lower: LevelledStep, higher: LevelledStep): void {
  const [before, after] = [lower.step, higher.step];
  if (before.after !== undefined && after.after !== undefined) {
    const earliest = durationMillis(lower.path, before.after);
    if (durationMillis(higher.path, after.after) >= earliest) return;
    const problem = `must not be earlier than level ${lower.level}, after ${formatDuration(earliest)}`;
    throw new AlertingConfigError(`${higher.path}.after`, problem, after.after);
  }
  if (before.recurrence !== undefined && after.recurrence !== undefined) {
    const { count } = before.recurrence;
    const window = durationMillis(lower.path, before.recurrence.within);
    const wider = durationMillis(higher.path, after.recurrence.within) >= window;
    if (after.recurrence.count >= count || !wider) return;
    const problem = `must not be less than level ${lower.level} takes, ${count} in ${formatDuration(window)}`;
    throw new AlertingConfigError(
      `${higher.path}.recurrence.count`,
      problem,
      after.recurrence.count,
    );
  }
}

/** What follows by `continueWith` follows at a higher level, and is something. */
function checkSequel(policies: Policies, start: number, reached: number): void {
  const first = policies[start];
  if (first?.continueWith === undefined) return;
  let level = reached;
  let steps = 0;
  for (let next: string | undefined = first.continueWith; next !== undefined;) {
    const index = policies.findIndex(({ name }) => name === next);
    for (const [place, step] of (policies[index]?.steps ?? []).entries()) {
      if (step.after === undefined) continue;
      steps += 1;
      if (step.level !== undefined && step.level < level) {
        const problem = `must not be less than ${level}, where "${first.name}" continues with it`;
        throw new AlertingConfigError(
          `policies[${index}].steps[${place}].level`,
          problem,
          step.level,
        );
      }
      level = step.level ?? level + 1;
    }
    next = policies[index]?.continueWith;
  }
  if (steps === 0) {
    const path = `policies[${start}].continueWith`;
    throw new AlertingConfigError(
      path,
      'has no step by time that could follow',
      first.continueWith,
    );
  }
}

/** Every policy governs some alert, or another continues with it. */
function checkReach(policies: Policies): void {
  const sequels = new Set(policies.map(({ continueWith }) => continueWith));
  for (const [index, policy] of policies.entries()) {
    if (sequels.has(policy.name)) continue;
    const before = policies.slice(0, index).find((earlier) => takesAll(earlier, policy));
    if (before === undefined) continue;
    const problem = `is never reached: "${before.name}" before it takes all that it matches`;
    throw new AlertingConfigError(`policies[${index}]`, problem, policy.name);
  }
}

/** Whether an earlier policy matches whatever a later one does, as far as the texts tell. */
function takesAll(earlier: EscalationPolicy, later: EscalationPolicy): boolean {
  const { key, type, severity, labels = {} }: PolicyMatch = earlier.match ?? {};
  const wanted: PolicyMatch = later.match ?? {};
  // A star of the later text can only be taken by a star of the earlier one.
  const takes = (text: string | undefined, other: string | undefined): boolean =>
    text === undefined || /^\*+$/.test(text) || (other !== undefined && textMatcher(text)(other));
  return (
    takes(key, wanted.key) &&
    takes(type, wanted.type) &&
    (severity === undefined ||
      (wanted.severity ?? severities).every((one) => severity.includes(one))) &&
    Object.entries(labels).every(([label, text]) => takes(text, wanted.labels?.[label]))
  );
}
