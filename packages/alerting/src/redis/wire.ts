import type { AlertState, Reminder } from '../alert.js';
import type { Plan } from '../policies/plan.js';
import type { Silence } from '../noise/silence.js';
import type { RaiseCommand } from '../store.js';

/** A state as Redis keeps it: what is null is absent, an empty list is an object. */
export type StoredState = Omit<AlertState, 'startsAt' | 'reminder'> & {
  /** Text: the raiser's number, whatever its digits. */
  readonly startsAt: string;
  readonly reminder?: Omit<Reminder, 'left'> & { readonly left?: number };
};

/** A silence as Redis keeps it. */
export interface StoredSilence {
  readonly number: number;
  readonly startsAt: number;
  readonly endsAt: number | null;
  readonly silence: Omit<Silence, 'startsAt' | 'endsAt'>;
}

const escape = /\\(?:(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)/g;

/** JSON that cjson reads: half of a surrogate pair, which it refuses, becomes U+FFFD. */
export function wireJson(value: unknown): string {
  const text = JSON.stringify(value);
  if (!text.includes('\\ud')) return text;
  return text.replace(escape, (whole, lone: string | undefined) =>
    lone === undefined ? whole : '\\ufffd',
  );
}

const planTexts = new WeakMap<Plan, string>();

/** The arguments of a raise; a plan is shared by many raises and written once. */
export function raiseArguments(command: RaiseCommand): string[] {
  const { id, key, severity, type, group, escalatedType, occurrenceId, plan } = command;
  const startsAt = command.startsAt === null ? null : String(command.startsAt);
  let planText = planTexts.get(plan);
  if (planText === undefined) {
    planText = wireJson(plan);
    planTexts.set(plan, planText);
  }
  return [
    wireJson({ id, key, severity, type, group, escalatedType, occurrenceId, startsAt }),
    wireJson(command.labels),
    wireJson(command.annotations),
    wireJson(command.source),
    planText,
  ];
}

/** A list as Lua wrote it: an empty one comes as an object. */
function list<T>(value: readonly T[] | Record<string, never>): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [];
}

/** The state as the store gives it; `skew` turns the script's times into wall times. */
export function alertState(stored: StoredState, skew: number): AlertState {
  const { reminder } = stored;
  const wall = (time: number | null | undefined): number | null =>
    time === undefined || time === null ? null : time - skew;
  return {
    id: stored.id,
    key: stored.key,
    labels: stored.labels,
    annotations: stored.annotations,
    type: stored.type,
    severity: stored.severity,
    status: stored.status,
    escalationLevel: stored.escalationLevel,
    episode: stored.episode,
    startsAt: Number(stored.startsAt),
    lastOccurrenceAt: stored.lastOccurrenceAt - skew,
    occurrences: stored.occurrences,
    source: stored.source,
    acknowledgedAt: stored.acknowledgedAt ?? null,
    acknowledgedBy: stored.acknowledgedBy ?? null,
    resolvedAt: wall(stored.resolvedAt),
    plan: stored.plan,
    group: stored.group ?? null,
    escalatedType: stored.escalatedType ?? null,
    recent: list(stored.recent).map((time) => time - skew),
    openings: list(stored.openings).map((time) => time - skew),
    recentIds: list(stored.recentIds),
    reached: list(stored.reached),
    firedAt: stored.firedAt - skew,
    nextTimed: stored.nextTimed,
    reminder:
      reminder === undefined
        ? null
        : {
            at: reminder.at - skew,
            everyMillis: reminder.everyMillis,
            left: reminder.left ?? null,
            channels: list(reminder.channels),
            step: reminder.step,
          },
    clearAt: wall(stored.clearAt),
    notified: list(stored.notified),
  };
}

/** A silence as the store gives it. */
export function silenceOf({ silence, startsAt, endsAt }: StoredSilence): Silence {
  return { ...silence, startsAt, endsAt };
}

/** The silences that have not ended, in the order in which they were added. */
export function silencesOf(stored: readonly StoredSilence[], now: number): readonly Silence[] {
  return [...stored]
    .filter(({ endsAt }) => endsAt === null || endsAt > now)
    .sort((a, b) => a.number - b.number)
    .map(silenceOf);
}
