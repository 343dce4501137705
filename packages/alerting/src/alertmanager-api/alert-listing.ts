import type { Alert } from '../alert.js';
import type { AlertingSystem } from '../alerting-system.js';
import { fingerprint, generatorUrl, labelName, never } from '../channels/alertmanager-payload.js';
import { HttpProblem } from '../http/http-problem.js';
import { matches, silencedBy, type Matcher, type Silence } from '../noise/silence.js';
import { parseMatchers } from './matcher-text.js';

type Listing = Pick<AlertingSystem, 'active' | 'silences' | 'inhibitedBy'>;

/** The active alerts as Alertmanager lists them, at most so many. */
export async function listAlerts(
  alerting: Listing,
  query: URLSearchParams,
  maxAlerts: number,
  now: number,
): Promise<{ readonly alerts: readonly object[]; readonly truncated: boolean }> {
  const matchers = query.getAll('filter').flatMap(parseMatchers);
  const shown = {
    active: flag(query, 'active'),
    silenced: flag(query, 'silenced'),
    inhibited: flag(query, 'inhibited'),
  };
  const receiver = receiverPattern(query.get('receiver'));
  const silences = await alerting.silences();
  const alerts: object[] = [];
  let page: string | null = null;
  do {
    const { items, cursor }: { items: readonly Alert[]; cursor: string | null } =
      await alerting.active({ limit: 1000, page });
    for (const alert of items) {
      if (!receiver.test(alert.policy) || !isWanted(alert, matchers)) continue;
      const silencedBy = silencesOf(alert, silences, now);
      const inhibitedBy = await inhibitorsOf(alert, alerting);
      const isSilenced = silencedBy.length > 0;
      const isInhibited = inhibitedBy.length > 0;
      if ((isSilenced && !shown.silenced) || (isInhibited && !shown.inhibited)) continue;
      if (!isSilenced && !isInhibited && !shown.active) continue;
      if (alerts.length >= maxAlerts) return { alerts, truncated: true };
      alerts.push(gettable(alert, silencedBy, inhibitedBy));
    }
    page = cursor;
  } while (page !== null);
  return { alerts, truncated: false };
}

/** The labels by which alerts are shown and looked for. */
function shownLabels(alert: Alert): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  for (const [label, value] of Object.entries(alert.labels)) {
    if (value !== '') labels[labelName(label)] = value;
  }
  labels['alertname'] ??= alert.key;
  labels['severity'] ??= alert.severity;
  return labels;
}

function isWanted(alert: Alert, matchers: readonly Matcher[]): boolean {
  return matchers.length === 0 || matches(matchers, { ...alert, labels: shownLabels(alert) });
}

function silencesOf(alert: Alert, silences: readonly Silence[], now: number): readonly string[] {
  return silences.filter((one) => silencedBy([one], alert, now) !== undefined).map(({ id }) => id);
}

/** Alertmanager names them by fingerprint. */
async function inhibitorsOf(alert: Alert, alerting: Listing): Promise<readonly string[]> {
  const cause = await alerting.inhibitedBy(alert);
  return cause?.by === undefined ? [] : [fingerprint({ id: cause.by })];
}

function gettable(alert: Alert, silenced: readonly string[], inhibited: readonly string[]): object {
  const annotations = Object.entries(alert.annotations).map(([name, text]) => [
    labelName(name),
    text,
  ]);
  return {
    fingerprint: fingerprint(alert),
    labels: shownLabels(alert),
    annotations: Object.fromEntries(annotations) as object,
    startsAt: new Date(alert.startsAt).toISOString(),
    updatedAt: new Date(alert.lastOccurrenceAt).toISOString(),
    endsAt: never,
    generatorURL: generatorUrl(alert),
    receivers: [{ name: alert.policy }],
    status: {
      state: silenced.length + inhibited.length > 0 ? 'suppressed' : 'active',
      silencedBy: silenced,
      inhibitedBy: inhibited,
    },
  };
}

function flag(query: URLSearchParams, name: string): boolean {
  return query.get(name) !== 'false';
}

function receiverPattern(text: string | null): RegExp {
  try {
    return new RegExp(`^(?:${text ?? '.*'})$`, 'u');
  } catch {
    throw new HttpProblem(400, 'receiver must be a regular expression');
  }
}
