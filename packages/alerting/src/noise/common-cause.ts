import { alertId, type Alert, type AlertState } from '../alert.js';
import type { AlertInput } from '../alert-input.js';
import { AlertingConfigError, checkedNumber, checkedObject } from '../configuration.js';
import { durationMillis, formatDuration, type Duration } from '../duration.js';
import { checkMatch } from '../policies/policy-check.js';
import type { PolicyMatch } from '../policies/policy.js';
import { policyMatcher, type PolicySubject } from '../policies/policy-match.js';
import { subjectValue } from './silence.js';

/** Many alerts that open together become one: `common_cause_<name>`, which holds back their own pages. */
export interface CommonCause {
  readonly name: string;
  /** Which alerts. Default: all. */
  readonly match?: PolicyMatch;
  /** Labels whose equal values belong together, beside `service` and `environment`. Default: none. */
  readonly by?: readonly string[];
  /** So many that opened within `within` and are still active. 2 to 100. */
  readonly count: number;
  readonly within: Duration;
  /** How long the page of one of them waits for company. Default: 5 seconds. */
  readonly wait?: Duration;
}

/** The type of the alert that stands for many. */
const commonCauseType = 'common_cause';
/** The label that names its rule. */
export const commonCauseLabel = 'common_cause';

/** More are counted, not listed. */
const maxListed = 10;

/** One rule, compiled. */
export class CommonCauseRule {
  readonly name: string;
  readonly count: number;
  readonly withinMillis: number;
  readonly waitMillis: number;
  readonly #labels: readonly string[];
  readonly #matches: (subject: PolicySubject) => boolean;

  constructor({ name, match, by = [], count, within, wait = '5s' }: CommonCause) {
    this.name = name;
    this.count = count;
    this.withinMillis = durationMillis('within', within);
    this.waitMillis = durationMillis('wait', wait);
    this.#labels = [...new Set(['environment', 'service', ...by])];
    this.#matches = policyMatcher(match);
  }

  /** Whether an alert is one of many; the alert that stands for many is none of them. */
  covers(subject: PolicySubject): boolean {
    return !Object.hasOwn(subject.labels, commonCauseLabel) && this.#matches(subject);
  }

  /** The labels of the alert that stands for this one and its like. */
  labelsFor(subject: PolicySubject): Readonly<Record<string, string>> {
    const labels: Record<string, string> = { [commonCauseLabel]: this.name };
    for (const label of this.#labels) {
      const value = subjectValue(subject, label);
      if (value !== '') labels[label] = value;
    }
    return labels;
  }

  /** The id of the alert that stands for this one and its like. */
  idFor(subject: PolicySubject): string {
    const labels = this.labelsFor(subject);
    return alertId(this.#keyOf(labels), labels);
  }

  /** Whether both belong to the same cause. */
  joins(a: PolicySubject, b: PolicySubject): boolean {
    return this.#labels.every((label) => subjectValue(a, label) === subjectValue(b, label));
  }

  /** The alert that stands for these, of which there may be more. */
  alertFor(opened: Alert, members: readonly AlertState[]): AlertInput {
    const labels = this.labelsFor(opened);
    const names = members.slice(0, maxListed).map(({ key }) => key);
    const more = members.length > names.length ? ` and ${members.length - names.length} more` : '';
    const within = formatDuration(this.withinMillis);
    return {
      key: this.#keyOf(labels),
      labels,
      type: commonCauseType,
      severity: 'critical',
      annotations: {
        summary: `${members.length} alerts within ${within}: ${names.join(', ')}${more}`,
      },
      source: { kind: 'common_cause', name: this.name },
    };
  }

  /** Identity labels are part of an id by themselves; the others are named in the key. */
  #keyOf(labels: Readonly<Record<string, string>>): string {
    const values = this.#labels
      .filter((label) => !['environment', 'service', 'tenant'].includes(label))
      .map((label) => `_${(labels[label] ?? '').slice(0, 40)}`);
    return `common_cause_${this.name}${values.join('')}`.slice(0, 256);
  }
}

/** Throws an error that names the path and the value of the first thing that cannot work. */
export function checkCommonCauses(path: string, value: unknown): void {
  if (!Array.isArray(value)) throw new AlertingConfigError(path, 'must be an array', value);
  const names = new Set<string>();
  for (const [index, item] of value.entries()) {
    const at = `${path}[${index}]`;
    const keys = ['name', 'match', 'by', 'count', 'within', 'wait'];
    const rule = checkedObject(at, item, keys, { quoted: true });
    const { name, match, by = [] } = rule;
    if (typeof name !== 'string' || !/^[\w.-]{1,64}$/.test(name)) {
      const problem = 'must be 1 to 64 letters, digits, dots, dashes or underscores';
      throw new AlertingConfigError(`${at}.name`, problem, name);
    }
    if (names.has(name)) throw new AlertingConfigError(`${at}.name`, 'is used twice', name);
    names.add(name);
    if (match !== undefined) checkMatch(`${at}.match`, match);
    if (!Array.isArray(by) || by.length > 4 || !by.every((label) => typeof label === 'string')) {
      throw new AlertingConfigError(`${at}.by`, 'must be at most 4 names of labels', by);
    }
    checkedNumber(`${at}.count`, rule['count'], { min: 2, max: 100, integer: true });
    durationMillis(`${at}.within`, rule['within'], 1);
    if (rule['wait'] !== undefined) durationMillis(`${at}.wait`, rule['wait']);
  }
}
