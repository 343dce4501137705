import { randomUUID } from 'node:crypto';
import { publicAlert, type Alert, type AlertState, type AlertStatus } from './alert.js';
import { raiseCommand, referredId, type AlertInput, type AlertRef } from './alert-input.js';
import {
  checkedSettings,
  type AlertingSettings,
  type AlertingSystemOptions,
} from './alerting-options.js';
import { anomalyAlert, anomalyAlertKey, type AnomalyReport } from './anomaly-report.js';
import { Courier, type CourierStats } from './courier.js';
import { explainAlert, type Explanation } from './explanation.js';
import type { HistoryEntry } from './history.js';
import type { PlanStep } from './plan.js';
import { checkMatchers, type Matcher, type Silence } from './silence.js';
import type { AlertChange, ChangeOutcome, Page, RaiseOutcome, StoreStats } from './store.js';
import { Timekeeper } from './timekeeper.js';

/** What became of a raise. */
export interface RaiseResult {
  readonly alert: Alert;
  /** It opened an episode: the alert was not firing before. */
  readonly opened: boolean;
  /** It escalated the alert. */
  readonly escalated: boolean;
  /** Its `occurrenceId` was known: nothing changed. */
  readonly duplicate: boolean;
}

/** What became of an anomaly report. */
export type ReportResult =
  | ({ readonly action: 'raised' } & RaiseResult)
  | { readonly action: 'clearing' | 'resolved'; readonly alert: Alert }
  | { readonly action: 'none' };

/** Who changes an alert, and why. */
export interface ChangeOptions {
  /** A person or a system. Default `unknown`. */
  readonly by?: string;
  /** In words. Default: none. */
  readonly note?: string;
  /** Only if this is the alert's episode, so that a late click changes nothing newer. Default: any. */
  readonly episode?: number;
}

/** What is silenced, for how long. */
export interface SilenceInput {
  /** One alert. Default: whatever `matchers` match. */
  readonly alert?: AlertRef;
  /** All must match. Default: none, and then `alert` is needed. */
  readonly matchers?: readonly Matcher[];
  /** Milliseconds. Default: with `alert`, until its episode is resolved. */
  readonly durationMillis?: number;
  /** Default: now. */
  readonly startsAt?: Date | number;
  /** Default `unknown`. */
  readonly by?: string;
  /** Default: none. */
  readonly comment?: string;
}

/** A page of a list. */
export interface PageOptions {
  /** 1 to 1000. Default 100. */
  readonly limit?: number;
  /** The `cursor` of the page before. Default: the first page. */
  readonly page?: string | null;
}

/** Which active alerts. */
export interface ActiveOptions extends PageOptions {
  /** Default: both. */
  readonly status?: Exclude<AlertStatus, 'resolved'>;
  /** All must match. Default: none. */
  readonly matchers?: readonly Matcher[];
}

/** Figures of an alerting system. */
export interface AlertingStats {
  /** Raises that this replica stored. */
  readonly raised: number;
  /** Raises that failed: invalid, or the store refused or could not be reached. */
  readonly raiseFailures: number;
  /** Escalations by raises of this replica. */
  readonly escalated: number;
  /** Errors of the store and of background work. */
  readonly errors: number;
  /** What this replica's couriers did, per channel. */
  readonly channels: Readonly<Record<string, Readonly<CourierStats>>>;
  /** Deliveries that have not arrived yet, over all channels; null: the store cannot be reached. */
  readonly undelivered: number | null;
  /** Figures of the store; null: it cannot be reached. */
  readonly store: StoreStats | null;
}

/**
 * Raises, escalates and delivers alerts. Several replicas may share one store: each transition is
 * decided once, by the store.
 *
 * Methods that change or ask reject with a `TypeError` or `RangeError` for an argument that makes no
 * sense, and with the store's error when it cannot be reached; background work never throws.
 */
export class AlertingSystem {
  readonly #settings: AlertingSettings;
  readonly #couriers: ReadonlyMap<string, Courier>;
  readonly #timekeeper: Timekeeper;
  #state: 'new' | 'running' | 'stopped' = 'new';
  #raised = 0;
  #raiseFailures = 0;
  #escalated = 0;
  #errors = 0;

  /** @throws AlertingConfigError naming the option and the value that cannot work. */
  constructor(options: AlertingSystemOptions) {
    this.#settings = checkedSettings(options);
    const { channels, store, clock, leaseMillis, pollIntervalMillis, retry } = this.#settings;
    const onError = (error: unknown): void => this.#onError(error);
    this.#couriers = new Map(
      channels.map((channel) => [
        channel.name,
        new Courier({ channel, store, clock, leaseMillis, pollIntervalMillis, retry, onError }),
      ]),
    );
    const onChannels = (names: readonly string[]): void => this.#wake(names);
    this.#timekeeper = new Timekeeper({ store, clock, pollIntervalMillis, onChannels, onError });
  }

  /** Starts timers and deliveries, those that an earlier process left in the store included. Again after `stop()`. */
  start(): void {
    if (this.#state === 'running') return;
    this.#state = 'running';
    this.#timekeeper.start();
    for (const courier of this.#couriers.values()) courier.start();
  }

  /**
   * Stops timers and deliveries. What is being sent gets so long to end, then it is given back to the
   * store; what is undelivered stays there. Never rejects.
   */
  async stop(deadlineMillis = 2000): Promise<void> {
    this.#state = 'stopped';
    const couriers = [...this.#couriers.values()];
    await Promise.allSettled([
      this.#timekeeper.stop(),
      ...couriers.map((courier) => courier.stop(deadlineMillis)),
    ]);
    await Promise.allSettled(couriers.map(async ({ channel }) => channel.close?.()));
  }

  /**
   * Waits until everything that can be sent has been, at most so many milliseconds.
   * `undelivered` is what is left; null when the store cannot be reached. Never rejects.
   */
  async flush(deadlineMillis = 5000): Promise<{ readonly undelivered: number | null }> {
    if (this.#state === 'new') this.start();
    const { clock } = this.#settings;
    const deadline = clock.now() + deadlineMillis;
    let cancel: (() => void) | undefined;
    const late = new Promise<null>((resolve) => {
      cancel = clock.schedule(() => resolve(null), deadlineMillis);
    });
    const work = async (): Promise<number | null> => {
      await this.#timekeeper.advance();
      await Promise.all([...this.#couriers.values()].map((courier) => courier.flush(deadline)));
      return (await this.stats()).undelivered;
    };
    const undelivered = await Promise.race([work(), late]);
    cancel?.();
    return { undelivered: undelivered ?? (await Promise.race([this.#undelivered(), soon(clock)])) };
  }

  /** Raises an alert: opens it, or counts an occurrence, which may escalate it. */
  raise(input: AlertInput): Promise<RaiseResult> {
    const { store, labels, book } = this.#settings;
    let stored: Promise<RaiseOutcome>;
    try {
      stored = store.raise(raiseCommand(input, labels, book));
    } catch (error) {
      this.#raiseFailures += 1;
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    if (this.#state === 'new' && this.#settings.autoStart) this.start();
    return stored.then(
      (outcome) => {
        this.#raised += 1;
        if (outcome.escalated) this.#escalated += 1;
        this.#follow(outcome);
        const { opened, escalated, duplicate } = outcome;
        return { alert: outcome.alert, opened, escalated, duplicate };
      },
      (error: unknown) => {
        this.#raiseFailures += 1;
        throw error;
      },
    );
  }

  /**
   * Takes a monitor's report: `anomaly_detected` raises `model_anomaly_<modelName>`, `normal` resolves
   * it after the policy's minimum clear time, anything else does nothing.
   */
  async processAnomalyAlert(report: AnomalyReport): Promise<ReportResult> {
    if (typeof report.modelName !== 'string' || report.modelName === '') {
      throw new TypeError('modelName of the report must be the name of a model');
    }
    if (report.status === 'anomaly_detected') {
      return { action: 'raised', ...(await this.raise(anomalyAlert(report))) };
    }
    if (report.status !== 'normal') return { action: 'none' };
    const ref = {
      key: anomalyAlertKey(report.modelName),
      ...(report.labels === undefined ? {} : { labels: report.labels }),
    };
    const cause = { kind: 'clear', by: report.modelName } as const;
    const { changed, alert } = await this.#change(ref, { action: 'clear', cause });
    if (!changed || alert === null) return { action: 'none' };
    const action = alert.status === 'resolved' ? 'resolved' : 'clearing';
    return { action, alert };
  }

  /** Whether the alert occurred often enough lately: by default three times within the last hour. */
  async isRecurringAlert(ref: AlertRef): Promise<boolean> {
    const { store, labels, recurrence } = this.#settings;
    const count = await store.occurrences(referredId(ref, labels), recurrence.windowMillis);
    return count >= recurrence.count;
  }

  /**
   * Escalates by hand: to the policy's next step above the alert's level, or, past the last, one level
   * up on every channel so far. At least `critical`. Null when there is no such firing alert, or
   * another escalation was first.
   */
  async escalateAlert(ref: AlertRef, options: ChangeOptions = {}): Promise<Alert | null> {
    const { store, labels } = this.#settings;
    const state = await store.get(referredId(ref, labels));
    if (state === null) return null;
    const step = nextStep(state);
    const { changed, alert } = await this.#change(ref, {
      action: 'escalate',
      step,
      ...changeBy(options),
    });
    return changed ? alert : null;
  }

  /** Acknowledges a firing alert: every later step and reminder is cancelled. Null when it is not firing. */
  acknowledge(ref: AlertRef, options: ChangeOptions = {}): Promise<Alert | null> {
    return this.#changed(ref, { action: 'acknowledge', ...changeBy(options) });
  }

  /** Resolves an alert at once. Null when it is unknown or already resolved. */
  resolve(ref: AlertRef, options: ChangeOptions = {}): Promise<Alert | null> {
    return this.#changed(ref, { action: 'resolve', ...changeBy(options) });
  }

  /** Holds back the notifications of one alert, or of all that match. The alerts themselves go on. */
  async silence(input: SilenceInput): Promise<Silence> {
    const { store, labels } = this.#settings;
    const { alert, matchers = [], durationMillis = null, by = 'unknown', comment = '' } = input;
    checkMatchers(matchers);
    if (alert === undefined && matchers.length === 0) {
      throw new TypeError('a silence needs an alert or at least one matcher');
    }
    if (durationMillis !== null && !(durationMillis > 0 && Number.isFinite(durationMillis))) {
      throw new RangeError(`durationMillis must be a positive number, got ${durationMillis}`);
    }
    if (alert === undefined && durationMillis === null) {
      throw new TypeError('a silence by matchers needs durationMillis');
    }
    const alertId = alert === undefined ? null : referredId(alert, labels);
    let episode: number | null = null;
    if (alertId !== null && durationMillis === null) {
      const state = await store.get(alertId);
      if (state === null || state.status === 'resolved') {
        throw new TypeError(`no active alert ${alertId} to silence until it is resolved`);
      }
      episode = state.episode;
    }
    const startsAt = input.startsAt === undefined ? null : Number(input.startsAt);
    if (Number.isNaN(startsAt)) throw new TypeError('startsAt must be a valid Date or a number');
    const id = randomUUID();
    return store.silence({ id, matchers, alertId, episode, startsAt, durationMillis, by, comment });
  }

  /** Ends a silence; what it held back is sent within a minute. False when there is none. */
  async unsilence(id: string): Promise<boolean> {
    return this.#settings.store.unsilence(id);
  }

  /** Silences that have not ended. */
  async silences(): Promise<readonly Silence[]> {
    return this.#settings.store.silences();
  }

  /** What happened to an alert, latest first: transitions and attempts to deliver. */
  async history(ref: AlertRef, options: PageOptions = {}): Promise<Page<HistoryEntry>> {
    const { store, labels } = this.#settings;
    return store.history(referredId(ref, labels), pageQuery(options));
  }

  /** Alerts that are not resolved, latest opening first. */
  async active(options: ActiveOptions = {}): Promise<Page<Alert>> {
    const { status, matchers } = options;
    if (matchers !== undefined) checkMatchers(matchers);
    const { items, cursor } = await this.#settings.store.active({
      ...pageQuery(options),
      ...(status === undefined ? {} : { status }),
      ...(matchers === undefined ? {} : { matchers }),
    });
    return { items: items.map(publicAlert), cursor };
  }

  /** One alert, resolved ones included while they are kept; null when unknown. */
  async alert(ref: AlertRef): Promise<Alert | null> {
    const { store, labels } = this.#settings;
    const state = await store.get(referredId(ref, labels));
    return state === null ? null : publicAlert(state);
  }

  /** Which policy governs an alert, what each step waits for, and what was suppressed and why; null when unknown. */
  async explain(ref: AlertRef): Promise<Explanation | null> {
    const { store, labels } = this.#settings;
    const id = referredId(ref, labels);
    const state = await store.get(id);
    if (state === null) return null;
    const { items } = await store.history(id, { limit: 1000, cursor: null });
    return explainAlert(state, items);
  }

  /** Figures since this system was made. Never rejects. */
  async stats(): Promise<AlertingStats> {
    let store: StoreStats | null = null;
    try {
      store = await this.#settings.store.stats();
    } catch (error) {
      this.#onError(error);
    }
    const pending = store === null ? null : Object.values(store.pending);
    return {
      raised: this.#raised,
      raiseFailures: this.#raiseFailures,
      escalated: this.#escalated,
      errors: this.#errors,
      channels: Object.fromEntries(
        [...this.#couriers].map(([name, courier]) => [name, { ...courier.stats }]),
      ),
      undelivered: pending?.reduce((sum, count) => sum + count, 0) ?? null,
      store,
    };
  }

  async #undelivered(): Promise<number | null> {
    return (await this.stats()).undelivered;
  }

  async #changed(ref: AlertRef, change: AlertChange): Promise<Alert | null> {
    const { changed, alert } = await this.#change(ref, change);
    return changed ? alert : null;
  }

  async #change(ref: AlertRef, change: AlertChange): Promise<ChangeOutcome> {
    const { store, labels } = this.#settings;
    const outcome = await store.change(referredId(ref, labels), change);
    this.#follow(outcome);
    return outcome;
  }

  /** Sees to what a step of the store brought: something to deliver, something to wait for. */
  #follow({ channels, nextDueInMillis }: Pick<RaiseOutcome, 'channels' | 'nextDueInMillis'>): void {
    if (channels.length > 0) this.#wake(channels);
    if (nextDueInMillis !== null) this.#timekeeper.wakeIn(nextDueInMillis);
  }

  #wake(channels: readonly string[]): void {
    for (const name of channels) this.#couriers.get(name)?.wake();
  }

  #onError(error: unknown): void {
    this.#errors += 1;
    try {
      this.#settings.onError?.(error instanceof Error ? error : new Error(String(error)));
    } catch {
      // The host's listener is the host's: its errors must not stop deliveries.
    }
  }
}

function changeBy({ by = 'unknown', note, episode }: ChangeOptions) {
  const cause = { kind: 'user', by, ...(note === undefined ? {} : { note }) } as const;
  return { cause, ...(episode === undefined ? {} : { episode }) };
}

function nextStep(state: AlertState): PlanStep {
  const { plan, escalationLevel, notified } = state;
  const [next] = [...plan.recurrence, ...plan.timed]
    .filter(({ level }) => level > escalationLevel)
    .sort((a, b) => a.level - b.level);
  if (next !== undefined) {
    const { name, level, severity, type, channels, reminder } = next;
    return { name, level, severity: severity ?? 'critical', type, channels, reminder };
  }
  return {
    name: `level-${escalationLevel + 1}`,
    level: escalationLevel + 1,
    severity: 'critical',
    type: null,
    channels: notified.length > 0 ? notified : plan.channels,
    reminder: null,
  };
}

function pageQuery({ limit = 100, page = null }: PageOptions) {
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= 1000)) {
    throw new RangeError(`limit must be a whole number from 1 to 1000, got ${limit}`);
  }
  return { limit, cursor: page };
}

/** A store that does not answer must not hold up whoever asked with a deadline. */
function soon(clock: AlertingSettings['clock']): Promise<null> {
  return new Promise((resolve) => void clock.schedule(() => resolve(null), 100));
}
