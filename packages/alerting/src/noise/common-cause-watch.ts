import type { Alert, AlertState, Cause } from '../alert.js';
import type { AlertInput } from '../alert-input.js';
import type { WakingClock } from '../clock.js';
import { commonCauseLabel, type CommonCauseRule } from './common-cause.js';
import type { AlertChange, AlertStore } from '../store.js';

/** What a watch for common causes works with. */
export interface CommonCauseWatchOptions {
  readonly rules: readonly CommonCauseRule[];
  readonly store: AlertStore;
  readonly clock: WakingClock;
  readonly raise: (input: AlertInput) => Promise<{ readonly alert: Alert | null }>;
  readonly change: (id: string, change: AlertChange) => Promise<unknown>;
  readonly onError: (error: unknown) => void;
}

/** How often it is looked whether a common cause is over. */
const sweepMillis = 15_000;
/** How long what is known of an alert that stands for many is good. */
const knownMillis = 1000;
/** Alerts that are looked at, latest first. */
const alertsPerLook = 100;
const maxLooks = 50;
const maxKnown = 1000;

/** Sees when many alerts open together, raises the one that stands for them, and clears it when they are over. */
export class CommonCauseWatch {
  readonly #options: CommonCauseWatchOptions;
  /** Ids of alerts that stand for many: since when it is known (local time), and whether they are active. */
  readonly #known = new Map<string, { readonly at: number; readonly active: Promise<boolean> }>();
  /** Ids of alerts that stand for many and are being looked into: the opening to look into next, if any. */
  readonly #looking = new Map<string, Alert | null>();
  #cancel: (() => void) | null = null;
  #running = false;

  constructor(options: CommonCauseWatchOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#options.rules.length === 0;
  }

  start(): void {
    if (this.isEmpty || this.#running) return;
    this.#running = true;
    this.#schedule();
  }

  stop(): void {
    this.#running = false;
    this.#cancel?.();
    this.#cancel = null;
  }

  /** An alert has opened: perhaps with many others. Never rejects. */
  async opened(alert: Alert): Promise<void> {
    for (const rule of this.#options.rules) {
      if (!rule.covers(alert)) continue;
      const id = rule.idFor(alert);
      // One look at a time: openings meanwhile are seen by the one that follows it.
      const isLooking = this.#looking.has(id);
      this.#looking.set(id, isLooking ? alert : null);
      if (isLooking) continue;
      try {
        for (let next: Alert | null = alert; next !== null; next = this.#looking.get(id) ?? null) {
          this.#looking.set(id, null);
          await this.#look(rule, next, id);
        }
      } catch (error) {
        this.#options.onError(error);
      } finally {
        this.#looking.delete(id);
      }
    }
  }

  /** Which alert stands for this one and holds back its page; null: none. Rejects with the store's error. */
  async heldBackBy(alert: Alert): Promise<Cause | null> {
    for (const rule of this.#options.rules) {
      if (!rule.covers(alert)) continue;
      const id = rule.idFor(alert);
      if (await this.#isActive(id)) {
        return { kind: 'inhibition', by: id, note: `common cause ${rule.name}: ${id} is active` };
      }
    }
    return null;
  }

  /** How long the page of an alert waits for company, from its decision on. */
  waitMillis(alert: Alert): number {
    let wait = 0;
    for (const rule of this.#options.rules) {
      if (rule.covers(alert)) wait = Math.max(wait, rule.waitMillis);
    }
    return wait;
  }

  async #look(rule: CommonCauseRule, alert: Alert, id: string): Promise<void> {
    const { store, raise, clock } = this.#options;
    const known = this.#known.get(id);
    if (known !== undefined && clock.now() - known.at < knownMillis && (await known.active)) return;
    const { items } = await store.active({ limit: alertsPerLook, cursor: null });
    const like = items.filter((other) => rule.covers(other) && rule.joins(other, alert));
    const latest = like.reduce((time, { firedAt }) => Math.max(time, firedAt), -Infinity);
    const members = like.filter(({ firedAt }) => firedAt > latest - rule.withinMillis);
    if (members.length < rule.count) return;
    await raise(rule.alertFor(alert, members));
    this.#remember(id, { at: clock.now(), active: Promise.resolve(true) });
  }

  #isActive(id: string): Promise<boolean> {
    const { store, clock } = this.#options;
    const now = clock.now();
    const known = this.#known.get(id);
    if (known !== undefined && Math.abs(now - known.at) < knownMillis) return known.active;
    const active = store.get(id).then((state) => state !== null && state.status !== 'resolved');
    active.catch(() => this.#known.delete(id));
    this.#remember(id, { at: now, active });
    return active;
  }

  #remember(id: string, known: { readonly at: number; readonly active: Promise<boolean> }): void {
    if (this.#known.size >= maxKnown) this.#known.clear();
    this.#known.set(id, known);
  }

  #schedule(): void {
    this.#cancel = this.#options.clock.schedule(() => {
      void this.#sweep()
        .catch(this.#options.onError)
        .finally(() => this.#running && this.#schedule());
    }, sweepMillis);
  }

  /** Clears the alerts that stand for many of which too few are left. Every replica does it: it happens once. */
  async #sweep(): Promise<void> {
    const { rules, store, change } = this.#options;
    const matchers = [{ label: commonCauseLabel, op: '!=', value: '' }] as const;
    const { items } = await store.active({ limit: alertsPerLook, cursor: null, matchers });
    for (const one of items) {
      const rule = rules.find(({ name }) => name === one.labels[commonCauseLabel]);
      if (rule === undefined || one.clearAt !== null) continue;
      const left = await this.#countLeft(rule, one);
      if (left >= rule.count) continue;
      const cause: Cause = { kind: 'clear', note: `${left} of the alerts are left` };
      await change(one.id, { action: 'clear', cause, episode: one.episode });
    }
  }

  /** How many alerts of a common cause are active, counted up to its rule's count. */
  async #countLeft(rule: CommonCauseRule, one: AlertState): Promise<number> {
    let left = 0;
    let cursor: string | null = null;
    for (let look = 0; look < maxLooks; look += 1) {
      const page = await this.#options.store.active({ limit: alertsPerLook, cursor });
      for (const other of page.items) {
        if (rule.covers(other) && rule.joins(other, one)) left += 1;
      }
      if (left >= rule.count || page.cursor === null) return left;
      ({ cursor } = page);
    }
    return left;
  }
}
