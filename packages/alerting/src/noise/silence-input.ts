import { randomUUID } from 'node:crypto';
import { referredId, type AlertRef } from '../alert-input.js';
import { checkMatchers, type Matcher } from './silence.js';
import type { AlertStore, SilenceCommand } from '../store.js';

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

/** The command for the store; rejects with a TypeError or RangeError that names what makes no sense. */
export async function silenceCommand(
  input: SilenceInput,
  labels: Readonly<Record<string, string>>,
  store: AlertStore,
): Promise<SilenceCommand> {
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
  return { id: randomUUID(), matchers, alertId, episode, startsAt, durationMillis, by, comment };
}
