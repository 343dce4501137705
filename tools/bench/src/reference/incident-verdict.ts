import type { Alerts } from './running-service.js';

/** What was seen of an incident. */
export interface SeenIncident extends Alerts {
  /** The alert that the fault has to raise. */
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly faultStartedAt: number;
  readonly faultEndedAt: number;
  /** Windows that had ended when the first was flagged. */
  readonly windowsToAnomaly: number;
}

export interface Claim {
  readonly claim: string;
  readonly holds: boolean;
  readonly seen: string;
}

/** Events that make up the story; deliveries and repetitions may stand between them. */
const story = ['firing', 'escalated', 'acknowledged', 'resolved'] as const;

/** Whether the story held: each part once and in order, of one alert alone. */
export function judgeIncident(incident: SeenIncident): readonly Claim[] {
  const { key, faultStartedAt, faultEndedAt, windowsToAnomaly, active, history } = incident;
  const events = history
    .filter((entry) => entry.key === key && (story as readonly string[]).includes(entry.event))
    .map(({ event }) => event)
    .reverse();
  const times = (event: string): number[] =>
    history.filter((entry) => entry.key === key && entry.event === event).map(({ at }) => at);
  const others = [...new Set(history.map((entry) => entry.key))].filter((other) => other !== key);
  const early = history.filter(({ at }) => at < faultStartedAt).length;
  const resolved = (Math.max(...times('resolved')) - faultEndedAt) / 1000;
  return [
    {
      claim: 'an anomaly within two windows of the fault',
      holds: windowsToAnomaly >= 1 && windowsToAnomaly <= 2,
      seen: `in window ${windowsToAnomaly}`,
    },
    {
      claim: `${story.join(', ')}, each once and in this order`,
      holds: events.join() === story.join(),
      seen: events.join(', ') || 'nothing',
    },
    {
      claim: 'no other alert, and none before the fault',
      holds: others.length === 0 && early === 0,
      seen: `${others.join(', ') || 'none'}; ${early} events before`,
    },
    {
      claim: 'everything resolves after the fault',
      holds: active.length === 0 && resolved > 0,
      seen: `${active.length} active, resolved ${resolved.toFixed(1)} s after its end`,
    },
  ];
}
