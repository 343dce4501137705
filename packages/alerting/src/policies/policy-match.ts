import type { Severity } from '../alert.js';
import type { PolicyMatch } from './policy.js';
import { subjectValue } from '../noise/silence.js';
import { textMatcher } from './text-matcher.js';

/** What decides which policy governs an alert. */
export interface PolicySubject {
  readonly key: string;
  readonly type: string;
  readonly severity: Severity;
  readonly labels: Readonly<Record<string, string>>;
}

/** Whether an alert is among those that are meant; without a match all are. */
export function policyMatcher(match: PolicyMatch | undefined): (subject: PolicySubject) => boolean {
  if (match === undefined) return () => true;
  const key = textMatcher(match.key);
  const type = textMatcher(match.type);
  const labels = Object.entries(match.labels ?? {}).map(
    ([label, text]) => [label, textMatcher(text)] as const,
  );
  return (subject) =>
    key(subject.key) &&
    type(subject.type) &&
    (match.severity?.includes(subject.severity) ?? true) &&
    labels.every(([label, test]) => test(subjectValue(subject, label)));
}
