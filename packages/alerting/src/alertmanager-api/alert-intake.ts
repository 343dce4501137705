import type { Severity } from '../alert.js';
import type { AlertingSystem } from '../alerting-system.js';
import { HttpProblem } from '../http/http-problem.js';
import type { AlertmanagerCounts } from './alertmanager-handler.js';
import { labelSeverity, postedAlert, type PostedAlert } from './posted-alert.js';

/** How posted alerts are taken. */
export interface AlertIntakeOptions {
  readonly alerting: Pick<AlertingSystem, 'raise' | 'clear' | 'alert'>;
  readonly severity: ((labels: Readonly<Record<string, string>>) => Severity) | undefined;
  readonly resolveTimeoutMillis: number;
  readonly now: () => number;
  readonly counts: AlertmanagerCounts;
}

/** So many alerts of one request are stored at a time. */
const parallel = 64;

/**
 * Takes what Prometheus posts: again and again while a rule fires, with an end that lies ahead; then with
 * an end that is past. The first post opens an episode; those that follow keep it alive and are no
 * occurrences; what is not posted again until its end resolves.
 */
export class AlertIntake {
  readonly #options: AlertIntakeOptions;

  constructor(options: AlertIntakeOptions) {
    this.#options = options;
  }

  /** Takes what is good of the list, then rejects with an `HttpProblem` if some of it was not. */
  async take(list: readonly unknown[]): Promise<void> {
    const { counts } = this.#options;
    const problems: string[] = [];
    const byKey = new Map<string, PostedAlert[]>();
    for (const value of list) {
      counts.received += 1;
      const alert = postedAlert(value);
      if (typeof alert === 'string') {
        problems.push(alert);
        continue;
      }
      const same = byKey.get(alert.key);
      if (same === undefined) byKey.set(alert.key, [alert]);
      else same.push(alert);
    }
    const waiting = [...byKey.values()].values();
    const failures: unknown[] = [];
    const work = async (): Promise<void> => {
      for (const same of waiting) {
        // Posts of one alert take effect in their order.
        for (const alert of same) {
          try {
            await this.#apply(alert);
          } catch (error) {
            if (error instanceof TypeError || error instanceof RangeError) {
              problems.push(error.message);
            } else failures.push(error);
          }
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(parallel, byKey.size) }, work));
    counts.refused += problems.length;
    // Whoever posted must hear that it was not stored.
    if (failures.length > 0) throw failures[0];
    if (problems.length > 0) throw new HttpProblem(400, problems.slice(0, 10).join('; '));
  }

  async #apply(posted: PostedAlert): Promise<void> {
    const { alerting, counts, now, resolveTimeoutMillis, severity = labelSeverity } = this.#options;
    const { key, labels, annotations, startsAt, endsAt, generatorUrl } = posted;
    const left = endsAt === null ? resolveTimeoutMillis : endsAt - now();
    if (left <= 0) {
      if (await this.#clear(posted)) counts.cleared += 1;
      return;
    }
    const { opened } = await alerting.raise({
      key,
      labels,
      annotations: withSummary(annotations),
      severity: severity(labels),
      type: labels['alertname'] ?? 'alert',
      ...(startsAt === null ? {} : { startsAt }),
      source: { kind: 'alertmanager', ...(generatorUrl === '' ? {} : { name: generatorUrl }) },
      occurrence: 'episode',
      expireAfterMillis: rounded(left),
    });
    if (opened) counts.opened += 1;
  }

  async #clear({ key, labels, startsAt }: PostedAlert): Promise<boolean> {
    const { alerting } = this.#options;
    const ref = { key, labels };
    const alert = await alerting.alert(ref);
    if (alert === null || alert.status === 'resolved') return false;
    // The end of an earlier firing, which took its time to get here.
    if (startsAt !== null && alert.startsAt > startsAt) return false;
    const change = { by: 'alertmanager API', episode: alert.episode };
    return (await alerting.clear(ref, change)) !== null;
  }
}

/** Rules have a `summary`, a `description` or a `message`: one of them is the headline. */
function withSummary(
  annotations: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const summary = annotations['description'] ?? annotations['message'];
  if (annotations['summary'] !== undefined || summary === undefined) return annotations;
  return { ...annotations, summary };
}

/** Up to the next ten seconds: the same rule gives the same plan at every post. */
function rounded(millis: number): number {
  const step = millis > 60_000 ? 10_000 : 1000;
  return Math.ceil(millis / step) * step;
}
