import type { Alert, HistoryEntry, Silence } from '@llm/alerting';
import type { Monitoring } from '../monitoring.js';

/** An alert as the page shows it. */
export interface AlertCard extends Pick<
  Alert,
  'key' | 'status' | 'severity' | 'escalationLevel' | 'episode'
> {
  /** Until when its notifications are held back, milliseconds since 1970; null: they are not. */
  readonly silencedUntil: number | null;
  /** Undefined when it is over. */
  readonly alert: Pick<Alert, 'type' | 'startsAt' | 'lastOccurrenceAt' | 'occurrences'> | undefined;
  /** What happened to it, latest first. */
  readonly timeline: readonly HistoryEntry[];
}

/** An episode with three channels has about twenty. */
const mostEntries = 40;

/** Alerts that are not resolved first, then those that are, latest first. */
export function alertCards({
  active,
  history,
  silences,
}: Awaited<ReturnType<Monitoring['alerts']>>): AlertCard[] {
  const timelines = new Map<string, HistoryEntry[]>();
  for (const { key, ...entry } of history) {
    const timeline = timelines.get(key);
    if (timeline === undefined) timelines.set(key, [entry]);
    else if (timeline.length < mostEntries) timeline.push(entry);
  }
  const open = active.map(
    ({ id, key, status, severity, escalationLevel, episode, ...alert }): AlertCard => ({
      key,
      status,
      severity,
      escalationLevel,
      episode,
      silencedUntil: silencedUntil(silences, id),
      alert: {
        type: alert.type,
        startsAt: alert.startsAt,
        lastOccurrenceAt: alert.lastOccurrenceAt,
        occurrences: alert.occurrences,
      },
      timeline: timelines.get(key) ?? [],
    }),
  );
  const isOpen = new Set(open.map(({ key }) => key));
  const over = [...timelines].flatMap(([key, timeline]): AlertCard[] => {
    const [latest] = timeline;
    if (isOpen.has(key) || latest === undefined) return [];
    const { severity, escalationLevel, episode } = latest;
    const over = { silencedUntil: null, alert: undefined };
    return [{ key, status: 'resolved', severity, escalationLevel, episode, ...over, timeline }];
  });
  return [...open, ...over];
}

function silencedUntil(silences: readonly Silence[], id: string): number | null {
  const ends = silences.flatMap(({ alertId, endsAt }) =>
    alertId === id && endsAt !== null ? [endsAt] : [],
  );
  return ends.length > 0 ? Math.max(...ends) : null;
}
