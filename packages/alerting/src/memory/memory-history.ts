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

interface Line {
  readonly at: number;
  readonly event: HistoryEvent;
  readonly cause: Cause;
  readonly stance: Stance;
  readonly trace: DeliveryTrace | undefined;
}

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

/** Has a history: fields, not an object of its own, since a store keeps so many. */
export interface MemoryHistory {
  lines: Line[];
  /** How many lines were dropped before the first. */
  forgotten: number;
}

export function appendLine(
  history: MemoryHistory,
  state: AlertState,
  what: Pick<HistoryEntry, 'at' | 'event' | 'cause' | 'episode'>,
  maxLines: number,
  trace?: DeliveryTrace,
): void {
  const { at, event, cause, episode } = what;
  const line: Line = { at, event, cause, stance: stanceOf(state, episode), trace };
  // A grown array has room for 16 more: most alerts have a few lines only.
  if (history.lines.length < 8) history.lines = history.lines.concat(line);
  else history.lines.push(line);
  if (history.lines.length > maxLines) {
    history.lines.shift();
    history.forgotten += 1;
  }
}

/** Latest first; `below` is where the page before ended. */
export function historyPage(
  { lines, forgotten }: MemoryHistory,
  { limit }: PageQuery,
  below: number,
): Page<HistoryEntry> {
  const end = Math.min(lines.length, below - forgotten);
  if (end <= 0) return { items: [], cursor: null };
  const start = Math.max(0, end - limit);
  const items = lines.slice(start, end).reverse().map(entryOf);
  return { items, cursor: start === 0 ? null : String(start + forgotten) };
}

function entryOf({ at, event, cause, stance, trace }: Line): HistoryEntry {
  const entry = { at, event, cause, ...stance };
  return trace === undefined ? entry : { ...entry, delivery: trace };
}
