import { severities } from '../alert.js';
import { checkCommonCauses } from '../noise/common-cause.js';
import { AlertingConfigError, checkedNumber, checkedObject } from '../configuration.js';
import { durationMillis } from '../duration.js';
import { checkDefinitions } from './definition-check.js';
import { checkInhibitions } from '../noise/inhibition.js';
import { checkOrder } from './policy-order.js';
import type { EscalationPolicies } from './policy.js';

const policyKeys = [
  'name',
  'match',
  'channels',
  'repeatEvery',
  'maxRepeats',
  'occurrence',
  'steps',
  'continueWith',
  'minClear',
  'flapping',
  'expireAfter',
  'notifyAcknowledged',
  'notifyResolved',
  'groupBy',
  'groupWait',
];
const stepKeys = [
  'name',
  'recurrence',
  'after',
  'channels',
  'level',
  'severity',
  'type',
  'repeatEvery',
  'maxRepeats',
];

/** Nothing in a policy is secret. */
const open = { quoted: true };

/** How often a notification may repeat at most. */
const minRepeatMillis = 1000;

/** Throws an error that names the path and the value of the first thing that cannot work. */
export function checkPolicies(
  value: unknown,
  channels?: readonly string[],
): asserts value is EscalationPolicies {
  const keys = ['$schema', 'channels', 'policies', 'inhibitions', 'commonCauses'];
  const file = checkedObject('', value, keys, open);
  if (file['$schema'] !== undefined) checkedText('$schema', file['$schema']);
  if (file['channels'] !== undefined) checkDefinitions('channels', file['channels']);
  const { policies, inhibitions, commonCauses } = file;
  const list = checkedArray('policies', policies);
  if (inhibitions !== undefined) checkInhibitions('inhibitions', inhibitions);
  if (commonCauses !== undefined) checkCommonCauses('commonCauses', commonCauses);
  const names = new Map<string, number>();
  for (const [index, policy] of list.entries()) {
    const path = `policies[${index}]`;
    const name = checkPolicy(path, policy, channels);
    if (names.has(name)) throw new AlertingConfigError(`${path}.name`, 'is used twice', name);
    names.set(name, index);
  }
  checkSequels(list as EscalationPolicies['policies'], names);
  checkOrder(list as EscalationPolicies['policies']);
}

function checkPolicy(path: string, value: unknown, channels?: readonly string[]): string {
  const policy = checkedObject(path, value, policyKeys, open);
  const name = checkedText(`${path}.name`, policy['name']);
  if (policy['match'] !== undefined) checkMatch(`${path}.match`, policy['match']);
  if (policy['channels'] !== undefined) {
    checkChannels(`${path}.channels`, policy['channels'], channels);
  }
  checkRepeats(path, policy);
  const { occurrence, expireAfter } = policy;
  if (occurrence !== undefined && occurrence !== 'report' && occurrence !== 'episode') {
    throw new AlertingConfigError(
      `${path}.occurrence`,
      'must be "report" or "episode"',
      occurrence,
    );
  }
  for (const key of ['minClear', 'groupWait']) {
    if (policy[key] !== undefined) durationMillis(`${path}.${key}`, policy[key]);
  }
  if (expireAfter !== undefined && expireAfter !== false) {
    const expiry = durationMillis(`${path}.expireAfter`, expireAfter, 1000);
    const { minClear } = policy;
    if (minClear !== undefined && durationMillis(`${path}.minClear`, minClear) > expiry) {
      const problem = 'must not be longer than "expireAfter", which would resolve the alert first';
      throw new AlertingConfigError(`${path}.minClear`, problem, minClear);
    }
  }
  if (policy['flapping'] !== undefined) checkFlapping(`${path}.flapping`, policy['flapping']);
  for (const key of ['notifyAcknowledged', 'notifyResolved']) {
    if (policy[key] !== undefined && typeof policy[key] !== 'boolean') {
      throw new AlertingConfigError(`${path}.${key}`, 'must be true or false', policy[key]);
    }
  }
  if (policy['groupBy'] !== undefined) {
    const labels = checkedArray(`${path}.groupBy`, policy['groupBy'], { min: 1 });
    for (const [index, label] of labels.entries()) checkedText(`${path}.groupBy[${index}]`, label);
  } else if (policy['groupWait'] !== undefined) {
    throw new AlertingConfigError(`${path}.groupWait`, 'needs "groupBy"', policy['groupWait']);
  }
  if (policy['continueWith'] !== undefined) {
    checkedText(`${path}.continueWith`, policy['continueWith']);
  }
  if (policy['steps'] !== undefined) {
    for (const [index, step] of checkedArray(`${path}.steps`, policy['steps']).entries()) {
      checkStep(`${path}.steps[${index}]`, step, channels);
    }
  }
  return name;
}

function checkFlapping(path: string, value: unknown): void {
  const flapping = checkedObject(path, value, ['episodes', 'within', 'minClear'], open);
  checkedNumber(`${path}.episodes`, flapping['episodes'], { min: 2, max: 1000, integer: true });
  durationMillis(`${path}.within`, flapping['within'], 1);
  durationMillis(`${path}.minClear`, flapping['minClear'], 1);
}

function checkStep(path: string, value: unknown, channels?: readonly string[]): void {
  const step = checkedObject(path, value, stepKeys, open);
  if ((step['recurrence'] === undefined) === (step['after'] === undefined)) {
    throw new AlertingConfigError(path, 'must have either "recurrence" or "after"', value);
  }
  if (step['recurrence'] !== undefined) {
    const at = `${path}.recurrence`;
    const { count, within } = checkedObject(at, step['recurrence'], ['count', 'within'], open);
    checkedNumber(`${at}.count`, count, { min: 1, max: 1000, integer: true });
    durationMillis(`${at}.within`, within, 1);
  } else {
    durationMillis(`${path}.after`, step['after']);
  }
  checkChannels(`${path}.channels`, step['channels'], channels);
  if (step['name'] !== undefined) checkedText(`${path}.name`, step['name']);
  if (step['type'] !== undefined) checkedText(`${path}.type`, step['type']);
  if (step['severity'] !== undefined) checkSeverity(`${path}.severity`, step['severity']);
  if (step['level'] !== undefined) {
    checkedNumber(`${path}.level`, step['level'], { min: 2, max: 100, integer: true });
  }
  checkRepeats(path, step);
}

/** Throws an error that names what a match gets wrong. */
export function checkMatch(path: string, value: unknown): void {
  const match = checkedObject(path, value, ['key', 'type', 'severity', 'labels'], open);
  if (match['key'] !== undefined) checkedText(`${path}.key`, match['key']);
  if (match['type'] !== undefined) checkedText(`${path}.type`, match['type']);
  if (match['severity'] !== undefined) {
    const list = checkedArray(`${path}.severity`, match['severity'], { min: 1 });
    for (const [index, severity] of list.entries()) {
      checkSeverity(`${path}.severity[${index}]`, severity);
    }
  }
  if (match['labels'] !== undefined) {
    const { labels } = match;
    if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) {
      throw new AlertingConfigError(`${path}.labels`, 'must be an object', labels);
    }
    for (const [label, text] of Object.entries(labels)) {
      checkedText(`${path}.labels.${label}`, text);
    }
  }
}

function checkSeverity(path: string, value: unknown): void {
  if (!(severities as readonly unknown[]).includes(value)) {
    throw new AlertingConfigError(path, `must be one of ${severities.join(', ')}`, value);
  }
}

function checkRepeats(path: string, owner: Record<string, unknown>): void {
  const { repeatEvery, maxRepeats } = owner;
  if (repeatEvery !== undefined) {
    durationMillis(`${path}.repeatEvery`, repeatEvery, minRepeatMillis);
    const { channels } = owner;
    if (!Array.isArray(channels) || channels.length === 0) {
      throw new AlertingConfigError(`${path}.repeatEvery`, 'needs "channels"', repeatEvery);
    }
  }
  if (maxRepeats !== undefined) {
    checkedNumber(`${path}.maxRepeats`, maxRepeats, { min: 0, integer: true });
    if (repeatEvery === undefined) {
      throw new AlertingConfigError(`${path}.maxRepeats`, 'needs "repeatEvery"', maxRepeats);
    }
  }
}

function checkChannels(path: string, value: unknown, known?: readonly string[]): void {
  const list = checkedArray(path, value);
  for (const [index, channel] of list.entries()) {
    const at = `${path}[${index}]`;
    const name = checkedText(at, channel);
    // It would be told twice.
    if (list.indexOf(name) < index) throw new AlertingConfigError(at, 'is named twice', name);
    if (known !== undefined && !known.includes(name)) {
      throw new AlertingConfigError(at, `unknown channel (known: ${known.join(', ')})`, name);
    }
  }
}

/** Every `continueWith` names a policy, and following them comes to an end. */
function checkSequels(
  policies: EscalationPolicies['policies'],
  names: ReadonlyMap<string, number>,
): void {
  for (const [start, first] of policies.entries()) {
    const passed = [first.name];
    let at = start;
    for (let next = first.continueWith; next !== undefined;) {
      const path = `policies[${at}].continueWith`;
      const index = names.get(next);
      if (index === undefined) throw new AlertingConfigError(path, 'unknown policy', next);
      passed.push(next);
      if (passed.indexOf(next) < passed.length - 1) {
        throw new AlertingConfigError(path, `is a cycle (${passed.join(' → ')})`, next);
      }
      at = index;
      next = policies[index]?.continueWith;
    }
  }
}

function checkedArray(path: string, value: unknown, { min = 0 } = {}): readonly unknown[] {
  if (!Array.isArray(value)) throw new AlertingConfigError(path, 'must be an array', value);
  if (value.length < min) {
    throw new AlertingConfigError(path, `must have at least ${min} item`, value);
  }
  return value;
}

function checkedText(path: string, value: unknown): string {
  if (typeof value !== 'string' || value === '' || value.length > 256) {
    throw new AlertingConfigError(path, 'must be text of 1 to 256 characters', value);
  }
  return value;
}
