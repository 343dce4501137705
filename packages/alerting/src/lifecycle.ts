import {
  maxRecentIds,
  publicAlert,
  severities,
  worseSeverity,
  type AlertState,
  type Cause,
} from './alert.js';
import { isFlapping, openingsWith } from './flapping.js';
import type { HistoryEvent } from './history.js';
import type { Notification, NotificationKind } from './notification.js';
import type { PlanReminder, PlanStep } from './policies/plan.js';
import { countOccurrence, reachRecurrence } from './recurrence.js';
import type { AlertChange, RaiseCommand } from './store.js';

/**
 * What a transition asks of the store, to be written in the same atomic step, in this order.
 */
export interface Effects {
  /** Append to the alert's history. */
  record(state: AlertState, event: HistoryEvent, cause: Cause, now: number): void;
  /** Enqueue the notification once per channel (the outbox rules of `AlertStore.claim`). */
  notify(state: AlertState, channels: readonly string[], notification: Notification): void;
}

const none: readonly never[] = [];

/** The state of an alert that was never raised: `raiseAlert` opens its first episode. */
export function unraisedAlert(command: RaiseCommand): AlertState {
  return {
    id: command.id,
    key: command.key,
    labels: command.labels,
    annotations: command.annotations,
    type: command.type,
    severity: command.severity,
    status: 'resolved',
    escalationLevel: 0,
    episode: 0,
    startsAt: 0,
    lastOccurrenceAt: 0,
    occurrences: 0,
    source: command.source,
    acknowledgedAt: null,
    acknowledgedBy: null,
    resolvedAt: null,
    plan: command.plan,
    group: command.group,
    escalatedType: command.escalatedType,
    recent: none,
    openings: none,
    recentIds: none,
    reached: none,
    firedAt: 0,
    nextTimed: 0,
    reminder: null,
    clearAt: null,
    notified: none,
  };
}

/** What `raiseAlert` did. */
export interface RaiseEffect {
  readonly opened: boolean;
  readonly escalated: boolean;
  readonly duplicate: boolean;
}

/**
 * Raises an alert.
 *
 * 1. A known `occurrenceId` changes nothing.
 * 2. A resolved (or new) alert opens an episode: level 1, severity, type, plan and timers anew.
 * 3. Recurrence steps with no earlier occurrence in their window are armed again; then the
 *    occurrence is counted (with `occurrence: 'episode'` only an opening counts).
 * 4. A worse severity in a running episode is taken over; where it brings another policy, that
 *    policy's plan starts from now.
 * 5. While nobody has acknowledged, every armed recurrence step whose count is reached escalates.
 * 6. An opening, or a worsening that nobody has acknowledged, notifies the initial channels, except
 *    those that an escalation of this same raise notifies: nobody is paged twice for one raise.
 */
export function raiseAlert(
  state: AlertState,
  command: RaiseCommand,
  now: number,
  effects: Effects,
): RaiseEffect {
  if (command.occurrenceId !== null) {
    if (state.recentIds.includes(command.occurrenceId)) {
      return { opened: false, escalated: false, duplicate: true };
    }
    state.recentIds = [...state.recentIds.slice(1 - maxRecentIds), command.occurrenceId];
  }
  const opened = state.status === 'resolved';
  if (opened) open(state, command, now);
  const counted = opened || state.plan.occurrence === 'report';
  state.labels = command.labels;
  state.annotations = command.annotations;
  state.source = command.source;
  state.occurrences += 1;
  state.lastOccurrenceAt = now;
  state.clearAt = null;

  const worsened =
    !opened && severities.indexOf(command.severity) > severities.indexOf(state.severity);
  if (worsened) {
    state.severity = command.severity;
    if (command.plan.policy !== state.plan.policy) adoptPlan(state, command, now);
  }
  if (counted) countOccurrence(state, now);

  if (opened) effects.record(state, 'firing', raiseCause, now);
  else if (worsened) effects.record(state, 'worsened', raiseCause, now);
  if (state.status !== 'firing') return { opened, escalated: false, duplicate: false };

  const due = counted ? reachRecurrence(state, now) : none;
  if (opened || worsened) {
    const { channels: initial } = state.plan;
    const isEscalated = (channel: string): boolean =>
      due.some((step) => step.channels.includes(channel));
    const channels =
      due.length === 0 ? initial : initial.filter((channel) => !isEscalated(channel));
    notify(state, opened ? 'initial' : 'worsened', channels, null, raiseCause, now, effects);
  }
  for (const step of due) {
    const note = `${step.count} occurrences within ${step.windowMillis} ms`;
    escalate(state, step, { kind: 'recurrence', note }, now, effects);
  }
  return { opened, escalated: due.length > 0, duplicate: false };
}

const raiseCause: Cause = { kind: 'raise' };

function open(state: AlertState, command: RaiseCommand, now: number): void {
  state.status = 'firing';
  state.episode += 1;
  state.escalationLevel = 1;
  state.severity = command.severity;
  state.type = command.type;
  state.startsAt = command.startsAt ?? now;
  state.occurrences = 0;
  state.acknowledgedAt = null;
  state.acknowledgedBy = null;
  state.resolvedAt = null;
  state.notified = none;
  adoptPlan(state, command, now);
  const { flapping } = command.plan;
  state.openings = flapping === null ? none : openingsWith(state, flapping, now);
}

function adoptPlan(state: AlertState, command: RaiseCommand, now: number): void {
  state.plan = command.plan;
  state.group = command.group;
  state.escalatedType = command.escalatedType;
  state.reached = none;
  state.firedAt = now;
  state.nextTimed = 0;
  state.reminder = remind('initial', command.plan.channels, command.plan.reminder, now);
}

function escalate(
  state: AlertState,
  step: PlanStep,
  cause: Cause,
  now: number,
  effects: Effects,
): void {
  state.escalationLevel = Math.max(state.escalationLevel, step.level);
  if (step.severity !== null) state.severity = worseSeverity(state.severity, step.severity);
  state.type = step.type ?? state.escalatedType ?? state.type;
  // The latest step governs what is repeated.
  state.reminder = remind(step.name, step.channels, step.reminder, now);
  effects.record(state, 'escalated', cause, now);
  notify(state, 'escalated', step.channels, step.name, cause, now, effects);
}

function remind(
  step: string,
  channels: readonly string[],
  reminder: PlanReminder | null,
  now: number,
): AlertState['reminder'] {
  if (reminder === null || reminder.max === 0) return null;
  const { everyMillis, max } = reminder;
  return { at: now + everyMillis, everyMillis, left: max, channels, step };
}

function notify(
  state: AlertState,
  kind: NotificationKind,
  channels: readonly string[],
  step: string | null,
  cause: Cause,
  now: number,
  effects: Effects,
): void {
  if (channels.length === 0) return;
  if (state.notified.length === 0) state.notified = channels;
  else {
    const added = channels.filter((channel) => !state.notified.includes(channel));
    if (added.length > 0) state.notified = [...state.notified, ...added];
  }
  effects.notify(state, channels, { kind, at: now, step, cause, alert: publicAlert(state) });
}

/** Applies a change; false when it does not apply. An acknowledgement cancels every later step. */
export function changeAlert(
  state: AlertState,
  change: AlertChange,
  now: number,
  effects: Effects,
): boolean {
  if (change.episode !== undefined && change.episode !== state.episode) return false;
  if (state.status === 'resolved') return false;
  switch (change.action) {
    case 'acknowledge':
      if (state.status !== 'firing') return false;
      state.status = 'acknowledged';
      state.acknowledgedAt = now;
      state.acknowledgedBy = change.cause.by ?? null;
      state.reminder = null;
      effects.record(state, 'acknowledged', change.cause, now);
      if (state.plan.notifyAcknowledged) {
        notify(state, 'acknowledged', state.notified, null, change.cause, now, effects);
      }
      return true;
    case 'resolve':
      resolve(state, change.cause, now, effects);
      return true;
    case 'clear':
      return clear(state, change.cause, now, effects);
    case 'escalate':
      if (state.status !== 'firing' || state.escalationLevel >= change.step.level) return false;
      escalate(state, change.step, change.cause, now, effects);
      return true;
  }
}

function clear(state: AlertState, cause: Cause, now: number, effects: Effects): boolean {
  const { minClearMillis, flapping } = state.plan;
  const longer = flapping !== null && isFlapping(state, now) ? flapping : null;
  const clearMillis = Math.max(minClearMillis, longer?.minClearMillis ?? 0);
  if (clearMillis === 0) {
    resolve(state, cause, now, effects);
    return true;
  }
  if (state.clearAt !== null) return false;
  state.clearAt = now + clearMillis;
  const note = `flapping: ${longer?.count} openings within ${longer?.windowMillis} ms`;
  effects.record(state, 'clearing', longer === null ? cause : { ...cause, note }, now);
  return true;
}

function resolve(state: AlertState, cause: Cause, now: number, effects: Effects): void {
  state.status = 'resolved';
  state.resolvedAt = now;
  state.clearAt = null;
  state.reminder = null;
  effects.record(state, 'resolved', cause, now);
  if (state.plan.notifyResolved) {
    notify(state, 'resolved', state.notified, null, cause, now, effects);
  }
}

/** When the alert's next timer is due, or null: the earliest of its steps, reminder, clearing, expiry. */
export function alertDueAt(state: AlertState): number | null {
  if (state.status === 'resolved') return null;
  let due = state.clearAt ?? Infinity;
  const { expireAfterMillis, timed } = state.plan;
  if (expireAfterMillis !== null) {
    due = Math.min(due, state.lastOccurrenceAt + expireAfterMillis);
  }
  if (state.status === 'firing') {
    const step = timed[state.nextTimed];
    if (step !== undefined) due = Math.min(due, state.firedAt + step.afterMillis);
    if (state.reminder !== null) due = Math.min(due, state.reminder.at);
  }
  return due === Infinity ? null : due;
}

/**
 * Applies everything that is due, earliest first: resolving when clear or expired, steps by time,
 * reminders. Several overdue steps all happen; an overdue reminder happens once.
 */
export function advanceAlert(state: AlertState, now: number, effects: Effects): void {
  for (;;) {
    const due = alertDueAt(state);
    if (due === null || due > now) return;
    const { expireAfterMillis, timed } = state.plan;
    if (state.clearAt === due) {
      resolve(state, { kind: 'clear' }, now, effects);
    } else if (expireAfterMillis !== null && state.lastOccurrenceAt + expireAfterMillis === due) {
      const note = `nothing heard for ${expireAfterMillis} ms`;
      resolve(state, { kind: 'expiry', note }, now, effects);
    } else {
      const step = timed[state.nextTimed];
      if (step !== undefined && state.firedAt + step.afterMillis === due) {
        state.nextTimed += 1;
        const note = `not acknowledged for ${step.afterMillis} ms`;
        escalate(state, step, { kind: 'timer', note }, now, effects);
      } else if (state.reminder !== null) {
        const { everyMillis, left, channels, step: name } = state.reminder;
        const rest = left === null ? null : left - 1;
        state.reminder =
          rest === 0 ? null : { ...state.reminder, at: now + everyMillis, left: rest };
        const cause: Cause = { kind: 'timer', note: `not acknowledged, every ${everyMillis} ms` };
        effects.record(state, 'reminded', cause, now);
        notify(state, 'reminder', channels, name, cause, now, effects);
      }
    }
  }
}
