import type { Alert, AlertState, Cause } from '../alert.js';
import type { Clock } from '../clock.js';
import { checkMatchers, matches, subjectValue, type Matcher } from './silence.js';
import { AlertingConfigError, checkedObject } from '../configuration.js';
import type { AlertStore } from '../store.js';

/** While an alert that matches `source` is active, pages of those that match `target` are held back. */
export interface Inhibition {
  /** Default: its place among the inhibitions. */
  readonly name?: string;
  /** All must match. */
  readonly source: readonly Matcher[];
  /** All must match. */
  readonly target: readonly Matcher[];
  /** Labels (or `key`, `type`, `severity`) that must have the same value on both; missing is empty. Default: none. */
  readonly equal?: readonly string[];
}

/** How long what is known of the sources is good, milliseconds. */
const sourcesMaxAgeMillis = 1000;
/** No more sources than this are looked at for one rule, the latest. */
const maxSources = 1000;

interface Known {
  readonly at: number;
  readonly sources: Promise<readonly AlertState[]>;
}

/** Knows which alerts are held back by others. */
export class Inhibitor {
  readonly #rules: readonly Inhibition[];
  readonly #store: AlertStore;
  readonly #clock: Clock;
  readonly #known = new Map<Inhibition, Known>();

  constructor(rules: readonly Inhibition[], store: AlertStore, clock: Clock) {
    this.#rules = rules;
    this.#store = store;
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** Something has changed: what is known of the sources is old. */
  refresh(): void {
    this.#known.clear();
  }

  /** Which alert holds this one back, as the reason for the history; null: none. Rejects with the store's error. */
  async inhibitedBy(alert: Alert): Promise<Cause | null> {
    for (const [index, rule] of this.#rules.entries()) {
      if (!matches(rule.target, alert)) continue;
      const isSourceToo = matches(rule.source, alert);
      const source = (await this.#sources(rule)).find(
        (other) =>
          other.id !== alert.id &&
          // As in Alertmanager: alerts that are both do not hold each other back.
          !(isSourceToo && matches(rule.target, other)) &&
          (rule.equal ?? []).every(
            (label) => subjectValue(other, label) === subjectValue(alert, label),
          ),
      );
      if (source !== undefined) {
        const note = `${rule.name ?? `inhibition ${index}`}: ${source.id} is ${source.status}`;
        return { kind: 'inhibition', by: source.id, note };
      }
    }
    return null;
  }

  #sources(rule: Inhibition): Promise<readonly AlertState[]> {
    const now = this.#clock.now();
    const known = this.#known.get(rule);
    if (known !== undefined && Math.abs(now - known.at) < sourcesMaxAgeMillis) return known.sources;
    const sources = this.#store
      .active({ limit: maxSources, cursor: null, matchers: rule.source })
      .then(({ items }) => items);
    // A failure is not kept.
    sources.catch(() => this.#known.delete(rule));
    this.#known.set(rule, { at: now, sources });
    return sources;
  }
}

/** Throws an error that names the path and the value of the first thing that cannot work. */
export function checkInhibitions(path: string, value: unknown): void {
  if (!Array.isArray(value)) throw new AlertingConfigError(path, 'must be an array', value);
  for (const [index, item] of value.entries()) {
    const at = `${path}[${index}]`;
    const rule = checkedObject(at, item, ['name', 'source', 'target', 'equal'], { quoted: true });
    for (const side of ['source', 'target']) {
      const matchers = rule[side] as readonly Matcher[];
      checkMatchers(matchers, `${at}.${side}`);
      if (matchers.length === 0) {
        throw new AlertingConfigError(`${at}.${side}`, 'must have at least one matcher', matchers);
      }
    }
    const { name, equal = [] } = rule;
    if (name !== undefined && (typeof name !== 'string' || name === '')) {
      throw new AlertingConfigError(`${at}.name`, 'must be a name', name);
    }
    if (!Array.isArray(equal) || !equal.every((label) => typeof label === 'string')) {
      throw new AlertingConfigError(`${at}.equal`, 'must be names of labels', equal);
    }
  }
}
