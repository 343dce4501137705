import { createHash } from 'node:crypto';
import type { Severity } from '../alert.js';
import { asObject } from '../http/json-object.js';
import { cutText } from '../text-cut.js';
import { timeOf } from './alertmanager-time.js';

/** An alert as it was posted. */
export interface PostedAlert {
  /** `alertname` and a digest of all labels: alerts that differ in any label are two alerts. */
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: number | null;
  readonly endsAt: number | null;
  readonly generatorUrl: string;
}

/** The alert that a JSON value holds, or what is wrong with it, in words. */
export function postedAlert(value: unknown): PostedAlert | string {
  const fields = asObject(value);
  if (fields === null) return 'an alert must be an object';
  const labels = texts(fields['labels']);
  const annotations = texts(fields['annotations'] ?? {});
  if (labels === null) return 'labels must be texts by name';
  if (annotations === null) return 'annotations must be texts by name';
  const names = Object.keys(labels);
  if (names.length === 0) return 'at least one label is needed';
  const wrong = names.find((name) => !/^[a-zA-Z_]\w*$/.test(name));
  if (wrong !== undefined) return `${JSON.stringify(wrong.slice(0, 100))} is no name of a label`;
  const [startsAt, endsAt] = [timeOf(fields['startsAt']), timeOf(fields['endsAt'])];
  if (Number.isNaN(startsAt) || Number.isNaN(endsAt)) return 'startsAt and endsAt must be RFC 3339';
  if (startsAt !== null && endsAt !== null && endsAt < startsAt) {
    return 'start time must be before end time';
  }
  const { generatorURL: generatorUrl } = fields;
  return {
    key: keyOf(labels),
    labels,
    annotations,
    startsAt,
    endsAt,
    generatorUrl: typeof generatorUrl === 'string' ? cutText(generatorUrl, 2048) : '',
  };
}

const severityOf: ReadonlyMap<string, Severity> = new Map([
  ['critical', 'critical'],
  ['page', 'critical'],
  ['error', 'high'],
  ['high', 'high'],
  ['warning', 'medium'],
  ['medium', 'medium'],
  ['info', 'low'],
  ['low', 'low'],
  ['none', 'low'],
]);

/** The severity that the label `severity` stands for; `medium` where it says nothing that is known. */
export function labelSeverity(labels: Readonly<Record<string, string>>): Severity {
  return severityOf.get(labels['severity']?.toLowerCase() ?? '') ?? 'medium';
}

function keyOf(labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  const digest = createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
  return `${cutText(labels['alertname'] ?? 'alert', 200)}#${digest.slice(0, 16)}`;
}

/** Texts by name without the empty ones, which do not exist in Prometheus; null: they are none. */
function texts(value: unknown): Readonly<Record<string, string>> | null {
  const fields = asObject(value);
  if (fields === null) return null;
  const found: Record<string, string> = {};
  for (const [name, text] of Object.entries(fields)) {
    if (typeof text !== 'string') return null;
    if (text !== '') found[name] = text;
  }
  return found;
}
