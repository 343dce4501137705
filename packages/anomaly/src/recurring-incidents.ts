import type { Incident } from './incident.js';

/** An incident that came so often before, within so long, is noise: what recurs by the hour is nothing new. */
const RECURRENT = 3;
const WITHIN_MILLIS = 2 * 86_400_000;
const MOST_KEPT = 20;

/** What led an incident, and when it ended. JSON-able. */
export interface EndedIncident {
  what: string;
  at: number;
}

/** Remembers an incident that is over, and tells whether it came so often lately that it is how this model is. */
export function recurs(
  ended: EndedIncident[],
  { lead, sign, isOdd }: Incident,
  at: number,
): boolean {
  const what = `${lead}${isOdd ? '?' : ''}${sign < 0 ? '-' : '+'}`;
  const lately = ended.filter((one) => one.at >= at - WITHIN_MILLIS).slice(1 - MOST_KEPT);
  ended.splice(0, ended.length, ...lately, { what, at });
  return lately.filter((one) => one.what === what).length >= RECURRENT;
}
