import type { Alert, HistoryEntry } from '@llm/alerting';
import type { Monitoring } from '../monitoring.js';

/** An alert as the page shows it. */
export interface AlertCard extends Pick<
  Alert,
  'key' | 'status' | 'severity' | 'escalationLevel' | 'episode'
> {
  /** Undefined when it is over. */
  readonly alert: Pick<Alert, 'type' | 'startsAt' | 'lastOccurrenceAt' | 'occurrences'> | undefined;
  /** What happened to it, latest first. */
  readonly timeline: readonly HistoryEntry[];
}

const mostEntries = 15;

/** Alerts that are not resolved first, then those that are, latest first. */
export function alertCards({
  active,
  history,
}: Awaited<ReturnType<Monitoring['alerts']>>): AlertCard[] {
  const timelines = new Map<string, HistoryEntry[]>();
  for (const { key, ...entry } of history) {
    const timeline = timelines.get(key);
    if (timeline === undefined) timelines.set(key, [entry]);
    else if (timeline.length < mostEntries) timeline.push(entry);
  }
  const open = active.map(
    ({ key, status, severity, escalationLevel, episode, ...alert }): AlertCard => ({
      key,
      status,
      severity,
      escalationLevel,
      episode,
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
    return [
      { key, status: 'resolved', severity, escalationLevel, episode, alert: undefined, timeline },
    ];
  });
  return [...open, ...over];
}
