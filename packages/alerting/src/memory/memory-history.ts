import {
  severities,
  type AlertState,
  type AlertStatus,
  type Cause,
  type Severity,
} from '../alert.js';
import type { DeliveryTrace, HistoryEntry, HistoryEvent } from '../history.js';
import type { Page, PageQuery } from '../store.js';

/** What an alert was when something happened to it. */
interface Stance {
  readonly episode: number;
  readonly status: AlertStatus;
  readonly severity: Severity;
  readonly escalationLevel: number;
}

/** A line, which knows the one before it: an array of a few lines would cost more than they do. */
interface Line {
  readonly at: number;
  readonly event: HistoryEvent;
  readonly cause: Cause;
  readonly stance: Stance;
  /** Counts the lines of the alert, from 1. */
  readonly number: number;
  before: Line | null;
}

/** An attempt to deliver, with the fields of its trace. */
interface AttemptLine extends Line, DeliveryTrace {}

const statuses: readonly AlertStatus[] = ['firing', 'acknowledged', 'resolved'];
const sharedLevels = 8;
/** The stances of a first episode, which most alerts have: shared, since a store keeps so many lines. */
const shared: (Stance | undefined)[] = [];

function stanceOf(
  {
    status,
    severity,
    escalationLevel,
  }: Pick<AlertState, 'status' | 'severity' | 'escalationLevel'>,
  episode: number,
): Stance {
  if (episode !== 1 || escalationLevel >= sharedLevels) {
    return { episode, status, severity, escalationLevel };
  }
  const kind = statuses.indexOf(status) * severities.length + severities.indexOf(severity);
  const index = kind * sharedLevels + escalationLevel;
  return (shared[index] ??= { episode, status, severity, escalationLevel });
}

/** Has a history: a field, not an object of its own, since a store keeps so many. */
export interface MemoryHistory {
  latest: Line | null;
}

export function appendLine(
  history: MemoryHistory,
  state: AlertState,
  { at, event, cause, episode }: Pick<HistoryEntry, 'at' | 'event' | 'cause' | 'episode'>,
  maxLines: number,
  trace?: DeliveryTrace,
): void {
  const before = history.latest;
  const number = (before?.number ?? 0) + 1;
  const stance = stanceOf(state, episode);
  if (trace === undefined) history.latest = { at, event, cause, stance, number, before };
  else {
    const { id, channel, attempt, durationMillis } = trace;
    const line: AttemptLine = {
      at,
      event,
      cause,
      stance,
      number,
      before,
      id,
      channel,
      attempt,
      durationMillis,
    };
    history.latest = line;
  }
  if (number > maxLines) forgetBefore(history.latest, maxLines);
}

/** Latest first; `below` is where the page before ended. */
export function historyPage(
  { latest }: MemoryHistory,
  { limit }: PageQuery,
  below: number,
): Page<HistoryEntry> {
  const items: HistoryEntry[] = [];
  let last = 0;
  for (let line = latest; line !== null; line = line.before) {
    if (line.number >= below) continue;
    if (items.length === limit) return { items, cursor: String(last) };
    items.push(entryOf(line));
    last = line.number;
  }
  return { items, cursor: null };
}

function forgetBefore(latest: Line, maxLines: number): void {
  let line = latest;
  for (let kept = 1; kept < maxLines && line.before !== null; kept += 1) line = line.before;
  line.before = null;
}

function entryOf(line: Line): HistoryEntry {
  const { at, event, cause, stance } = line;
  const entry = { at, event, cause, ...stance };
  if (!isAttempt(line)) return entry;
  const { id, channel, attempt, durationMillis } = line;
  return { ...entry, delivery: { id, channel, attempt, durationMillis } };
}

function isAttempt(line: Line): line is AttemptLine {
  return 'channel' in line;
}
