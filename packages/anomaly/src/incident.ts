import type { FeatureSettings } from './feature.js';
import { FIRST_ODD } from './series.js';
import type { Statistics } from './statistics.js';
import type { Verdict } from './verdict.js';

/** The forest opened an incident rather than one metric. */
export const FOREST = -1;

/** Log-likelihood by which "it is over" must beat "it goes on". */
const OVER = 5;
/** Windows that the mean and spread of what is new look back. */
const MEMORY = 24;

/** An incident of one model: it goes on until the windows speak for normal, or until it is learnt. JSON-able but for arrays. */
export interface Incident {
  /** When its first window was, milliseconds. */
  openedAt: number;
  windows: number;
  /** The metric that led, or `FOREST`, and to which side. */
  lead: number;
  sign: number;
  /** Whether it led by being odd beside the others, not by itself. */
  isOdd: boolean;
  /** Usual size of the leading deviation, in spreads. */
  strength: number;
  /** Whether the leading metric never moved in training, and so has no spread. */
  isConstant: boolean;
  /** How much the windows since speak for its end, 0 to -OVER. */
  doubt: number;
  /** Id of the finding that it is part of. */
  finding: string;
  /** Mean and variance of each metric's distance from where it was expected. */
  shift: Float64Array;
  variance: Float64Array;
}

/** Begins an incident with the verdict on its first window. */
export function openIncident(verdict: Verdict, constant: readonly boolean[], at: number): Incident {
  const { votes, reached, signs, oddReached, oddSigns } = verdict;
  const width = constant.length;
  const alone = Math.max(...reached);
  const odd = Math.max(...oddReached);
  const isOdd = alone <= 1 && (votes.relation ?? 0) >= (votes.forest ?? 0);
  const isForest = alone <= 1 && !isOdd;
  const lead = isForest ? FOREST : isOdd ? oddReached.indexOf(odd) : reached.indexOf(alone);
  const sign = (isOdd ? oddSigns : signs)[lead] ?? 1;
  return {
    openedAt: at,
    windows: 0,
    lead,
    sign,
    isOdd,
    strength: 0,
    isConstant: constant[lead] === true,
    doubt: 0,
    finding: '',
    shift: new Float64Array(width),
    variance: new Float64Array(width),
  };
}

/** How firmly an open incident holds in view of another window: above 1 it goes on. */
export function ongoing(incident: Incident, statistics: Statistics, verdict: Verdict): number {
  return 2 + doubtAfter(incident, statistics, verdict) / OVER;
}

/** Takes a window into an incident. `rest` is each metric's distance from where it was expected. */
export function continueIncident(
  incident: Incident,
  statistics: Statistics,
  rest: Float64Array,
  verdict: Verdict,
): void {
  incident.doubt = (verdict.score ?? 0) > 1 ? 0 : doubtAfter(incident, statistics, verdict);
  incident.windows += 1;
  const memory = Math.min(incident.windows, MEMORY);
  const size = sizeOf(incident, statistics, verdict);
  if (!Number.isNaN(size)) {
    const bounded = Math.min(8, Math.max(3, size));
    incident.strength += (bounded - incident.strength) / memory;
  }
  rest.forEach((value, column) => {
    if (Number.isNaN(value)) return;
    const step = value - (incident.shift[column] as number);
    incident.shift[column] = (incident.shift[column] as number) + step / memory;
    const variance = incident.variance[column] as number;
    incident.variance[column] = variance + ((1 - 1 / memory) * step * step - variance) / memory;
  });
}

function doubtAfter(incident: Incident, statistics: Statistics, verdict: Verdict): number {
  const size = sizeOf(incident, statistics, verdict);
  if (Number.isNaN(size)) return incident.doubt;
  const { strength } = incident;
  // Of two normal distributions, one around nothing and one around the incident's strength.
  return Math.min(0, incident.doubt + strength * Math.max(-8, size) - (strength * strength) / 2);
}

function sizeOf(
  { lead, sign, isOdd, isConstant, strength }: Incident,
  { looks }: Statistics,
  { forests }: Verdict,
): number {
  if (lead < 0) return forests[0];
  const size = sign * (looks[isOdd ? FIRST_ODD : 0]?.[lead] ?? Number.NaN);
  if (!isConstant || Number.isNaN(size)) return size;
  return size > 0 ? Math.max(3, strength) : -8;
}

/** The leading metric of an incident as findings know it. */
export function leadName(
  { lead, sign, isOdd }: Incident,
  features: readonly FeatureSettings[],
): string {
  if (lead === FOREST) return 'forest';
  return `${features[lead]?.name ?? ''}${isOdd ? '?' : ''}${sign < 0 ? '-' : '+'}`;
}
