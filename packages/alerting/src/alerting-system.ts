import { publicAlert, type Alert, type Cause, type AlertStatus } from './alert.js';
import { referredId, type AlertInput, type AlertRef } from './alert-input.js';
import {
  checkedSettings,
  type AlertingSettings,
  type AlertingSystemOptions,
} from './alerting-options.js';
import { anomalyAlert, anomalyAlertKey, type AnomalyReport } from './anomaly-report.js';
import { BackgroundWork } from './background-work.js';
import type { CourierStats } from './delivery/courier.js';
import { explainAlert, type Explanation } from './explanation.js';
import type { Health } from './presence/health.js';
import type { HeartbeatStats } from './presence/heartbeat.js';
import type { HistoryEntry } from './history.js';
import { changeBy, nextStep, type ChangeOptions } from './manual-change.js';
import { pageQuery, type PageOptions } from './page-options.js';
import type { RaiseResult, ReportResult } from './raise-result.js';
import { Raiser, type RaiserStats } from './raiser.js';
import { silenceCommand, type SilenceInput } from './noise/silence-input.js';
import { checkMatchers, matches, silencedBy, type Matcher, type Silence } from './noise/silence.js';
import type { AlertChange, ChangeOutcome, Page, StoreStats } from './store.js';
import { silenceCause } from './noise/suppression.js';

/** Which active alerts. */
export interface ActiveOptions extends PageOptions {
  /** Default: both. */
  readonly status?: Exclude<AlertStatus, 'resolved'>;
  /** All must match. Default: none. */
  readonly matchers?: readonly Matcher[];
}

/** Figures of an alerting system. */
export interface AlertingStats extends RaiserStats {
  /** Errors of the store and of background work. */
  readonly errors: number;
  /** What this replica's couriers did, per channel. */
  readonly channels: Readonly<Record<string, Readonly<CourierStats>>>;
  /** Null: there is none. */
  readonly heartbeat: HeartbeatStats | null;
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
  /** Names of the escalation policies, in order; `default` governs what no other does. */
  readonly policies: readonly string[];
  readonly #settings: AlertingSettings;
  readonly #raiser: Raiser;
  readonly #background: BackgroundWork;
  #errors = 0;

  /** @throws AlertingConfigError naming the option and the value that cannot work. */
  constructor(options: AlertingSystemOptions) {
    this.#settings = checkedSettings(options);
    const named = options.policies?.policies.map(({ name }) => name) ?? [];
    this.policies = [...named, 'default'];
    const onError = (error: unknown): void => this.#onError(error);
    this.#raiser = new Raiser(
      this.#settings,
      (outcome) => this.#background.raised(outcome),
      onError,
    );
    this.#background = new BackgroundWork(this.#settings, {
      raiser: this.#raiser,
      change: (id, change) => this.#changeById(id, change),
      onError,
    });
  }

  /** Starts timers and deliveries, those that an earlier process left in the store included. Again after `stop()`. */
  start(): void {
    this.#background.start();
  }

  /**
   * Stops timers and deliveries. What is being sent gets so long to end, then it is given back to the
   * store; what is undelivered stays there. Never rejects.
   */
  async stop(deadlineMillis = 2000): Promise<void> {
    await this.#background.stop(deadlineMillis);
  }

  /**
   * Waits until everything that can be sent has been, at most so many milliseconds.
   * `undelivered` is what is left; null when the store cannot be reached. Never rejects.
   */
  async flush(deadlineMillis = 5000): Promise<{ readonly undelivered: number | null }> {
    this.#background.startOnce();
    const { clock } = this.#settings;
    const deadline = clock.now() + deadlineMillis;
    let cancel: (() => void) | undefined;
    const late = new Promise<null>((resolve) => {
      cancel = clock.schedule(() => resolve(null), deadlineMillis);
    });
    const work = async (): Promise<number | null> => {
      await this.#background.flush(deadline);
      return (await this.stats()).undelivered;
    };
    const undelivered = await Promise.race([work(), late]);
    cancel?.();
    return { undelivered: undelivered ?? (await Promise.race([this.#undelivered(), soon(clock)])) };
  }

  /** Raises an alert: opens it, or counts an occurrence, which may escalate it. */
  raise(input: AlertInput): Promise<RaiseResult> {
    const raised = this.#raiser.raise(input);
    if (this.#settings.autoStart) this.#background.startOnce();
    return raised;
  }

  /**
   * Takes a monitor's report: `anomaly_detected` raises `model_anomaly_<modelName>`, `normal` resolves
   * it after the policy's minimum clear time, anything else does nothing.
   */
  async processAnomalyAlert(report: AnomalyReport): Promise<ReportResult> {
    if (typeof report.modelName !== 'string' || report.modelName === '') {
      throw new TypeError('modelName of the report must be the name of a model');
    }
    if (this.#settings.autoStart) this.#background.startOnce();
    void this.#background.reported(report.modelName, report.labels ?? {});
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

  /** A model that is no longer watched is not missed (`absence.monitorAfter`). False when it was not watched. */
  async forgetMonitor(
    modelName: string,
    labels: Readonly<Record<string, string>> = {},
  ): Promise<boolean> {
    return this.#settings.store.unwatch(this.#background.forgotten(modelName, labels));
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

  /**
   * Says that the trouble is over: the alert resolves after its policy's minimum clear time, unless it is
   * raised again before. Null when that changes nothing.
   */
  clear(ref: AlertRef, options: ChangeOptions = {}): Promise<Alert | null> {
    const { cause, ...rest } = changeBy(options);
    return this.#changed(ref, { action: 'clear', cause: { ...cause, kind: 'clear' }, ...rest });
  }

  /** Holds back the notifications of one alert, or of all that match. The alerts themselves go on. */
  async silence(input: SilenceInput): Promise<Silence> {
    const { store, labels } = this.#settings;
    return store.silence(await silenceCommand(input, labels, store));
  }

  /** The active alerts that a silence would concern if it were added now. */
  async previewSilence(
    input: Pick<SilenceInput, 'alert' | 'matchers'>,
    options: PageOptions = {},
  ): Promise<Page<Alert>> {
    const { matchers = [], alert: ref } = input;
    checkMatchers(matchers);
    if (ref === undefined) return this.active({ ...options, matchers });
    const alert = await this.alert(ref);
    const concerned = alert !== null && alert.status !== 'resolved' && matches(matchers, alert);
    return { items: concerned ? [alert] : [], cursor: null };
  }

  /** Ends a silence; what it held back is sent within a minute. False when there is none. */
  async unsilence(id: string): Promise<boolean> {
    return this.#settings.store.unsilence(id);
  }

  /** Silences that have not ended. */
  async silences(): Promise<readonly Silence[]> {
    return this.#settings.store.silences();
  }

  /** Forgets all alerts with these labels, such as those of a tenant, with their history and what is undelivered; how many. */
  async erase(labels: Readonly<Record<string, string>>): Promise<number> {
    if (Object.keys(labels).length === 0) throw new TypeError('erase needs at least one label');
    return this.#settings.store.erase(labels);
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
    const alert = publicAlert(state);
    const [{ items }, silences, inhibition] = await Promise.all([
      store.history(id, { limit: 1000, cursor: null }),
      store.silences(),
      this.#background.holdbacks.inhibitedBy(alert),
    ]);
    // The local time is good enough to read by: what is sent is decided by the store's.
    const silence = silencedBy(silences, alert, this.#settings.clock.now());
    const heldBackBy = silence === undefined ? inhibition : silenceCause(silence);
    return explainAlert(state, items, heldBackBy);
  }

  /** Which other alert holds back the pages of this one now; null: none. */
  inhibitedBy(alert: Alert): Promise<Cause | null> {
    return this.#background.holdbacks.inhibitedBy(alert);
  }

  /** Whether alerts would be raised and delivered now, and what is wrong. Never rejects. */
  health(): Promise<Health> {
    return this.#background.health();
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
      ...this.#raiser.stats,
      errors: this.#errors,
      channels: this.#background.channelStats,
      heartbeat: this.#settings.heartbeat?.stats ?? null,
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

  #change(ref: AlertRef, change: AlertChange): Promise<ChangeOutcome> {
    return this.#changeById(referredId(ref, this.#settings.labels), change);
  }

  async #changeById(id: string, change: AlertChange): Promise<ChangeOutcome> {
    const outcome = await this.#settings.store.change(id, change);
    this.#background.follow(outcome);
    return outcome;
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

/** A store that does not answer must not hold up whoever asked with a deadline. */
function soon(clock: AlertingSettings['clock']): Promise<null> {
  return new Promise((resolve) => void clock.schedule(() => resolve(null), 100));
}
