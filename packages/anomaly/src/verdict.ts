import type { ModelOfNormal } from './model-of-normal.js';
import { FIRST_JUMP, FIRST_ODD, LOOKS, type Series, SINGLE_LOOKS, TREND } from './series.js';
import type { Statistics } from './statistics.js';
import { leastDeviation } from './thresholds.js';

/** How far each vote went towards its threshold: above 1 it says "abnormal"; null where it could not vote. */
export interface Votes {
  /** One metric jumped in this window. */
  readonly single: number | null;
  /** One metric stayed off over the newest two windows, or over `sustainedWindows`, or drifts away. */
  readonly sustained: number | null;
  /** The isolation forest found the newest window, or the newest two, abnormal. */
  readonly forest: number | null;
  /** The relation between metrics was off in the newest window, or in the newest two. */
  readonly relation: number | null;
  /** An incident that an earlier window opened still holds. */
  readonly ongoing: number | null;
}

/** What the votes say about a window. */
export interface Verdict {
  /** The largest vote; above 1 is abnormal. Null where nothing could vote. */
  readonly score: number | null;
  readonly votes: Votes;
  /** Share of its own nearest threshold that each metric reached. */
  readonly reached: Float64Array;
  /** The side on which it did. */
  readonly signs: Int8Array;
  /** The same beside the other metrics. */
  readonly oddReached: Float64Array;
  readonly oddSigns: Int8Array;
  readonly forests: readonly [number, number];
  /** The largest vote of those that are worth reporting: how close to an alarm the window came. */
  readonly closeness: number;
}

/** A vote below this is not asked whether it would be worth reporting. */
const CLOSE = 0.5;
const LARGEST = 1e6;
/** No vote. */
const NONE = -1;

/** Where a verdict is written, until the next one is. */
export interface VerdictRoom {
  readonly reached: Float64Array;
  readonly signs: Int8Array;
  readonly oddReached: Float64Array;
  readonly oddSigns: Int8Array;
  /** The largest vote in each look, below 0 where there is none. */
  readonly best: Float64Array;
}

export function verdictRoom(width: number): VerdictRoom {
  return {
    reached: new Float64Array(width),
    signs: new Int8Array(width),
    oddReached: new Float64Array(width),
    oddSigns: new Int8Array(width),
    best: new Float64Array(LOOKS.length),
  };
}

/** What a window is judged against. */
export interface Judges {
  readonly room: VerdictRoom;
  readonly normal: ModelOfNormal;
  readonly series: Series;
  readonly thresholds: Float64Array;
  readonly caution: number;
  /** From where on a single window is abnormal though there is no experience, if that is below a threshold. */
  readonly certain: (column: number, sign: 1 | -1, below: number) => number;
}

/** Judges a window by its statistics. The verdict lasts until the next one in the same room. */
export function judge(
  judges: Judges,
  { looks, weakest }: Statistics,
  at: number,
  forests: readonly [number, number],
): Verdict {
  const { normal, series, thresholds } = judges;
  const { width } = series;
  const { reached, signs, oddReached, oddSigns, best } = judges.room;
  for (const numbers of [reached, signs, oddReached, oddSigns]) numbers.fill(0);
  best.fill(NONE);
  let closeness = 0;
  for (let look = 0; look < looks.length; look += 1) {
    const values = looks[look] as Float64Array;
    const isOdd = look >= FIRST_ODD;
    const isSingle = SINGLE_LOOKS.has(look);
    const most = isOdd ? oddReached : reached;
    for (let column = 0; column < width; column += 1) {
      const signed = values[column] as number;
      if (Number.isNaN(signed)) continue;
      const sign = signed < 0 ? -1 : 1;
      let vote = share(Math.abs(signed), limit(judges, look, column, sign));
      let worth = true;
      if (!isOdd && vote > CLOSE && !normal.state.constant[column]) {
        const distance = distanceOf(judges, weakest[look] as Float64Array, column, at, sign);
        worth = distance >= leastOf(judges, column, at, sign, look);
        if (!worth) vote = withheld(vote);
      }
      if (worth && !isSingle) closeness = Math.max(closeness, vote);
      best[look] = Math.max(best[look] as number, vote);
      if (vote > (most[column] as number)) {
        most[column] = vote;
        (isOdd ? oddSigns : signs)[column] = sign;
      }
    }
  }
  // What a vote of all metrics together says only counts where at least one of them moved; most windows never ask.
  const held = (vote: number | null): number | null =>
    vote === null || vote <= 1 || hasMoved(judges, looks, weakest, at) ? vote : withheld(vote);
  const forestVotes = forests.map((value, length) =>
    Number.isNaN(value) ? NONE : share(value, thresholds[series.forest + length] as number),
  );
  const votes = {
    single: largest(best[0], best[FIRST_JUMP]),
    sustained: largest(best[1], best[2], best[FIRST_JUMP + 1], best[TREND]),
    forest: held(largest(...forestVotes)),
    relation: held(largest(best[FIRST_ODD], best[FIRST_ODD + 1])),
    ongoing: null,
  };
  const score = largest(votes.single, votes.sustained, votes.forest, votes.relation);
  closeness = Math.max(closeness, votes.forest ?? 0);
  return { score, votes, reached, signs, oddReached, oddSigns, forests, closeness };
}

/** The smallest deviation within a look, to the side of the whole, on the transformed scale. */
function distanceOf(
  { normal }: Judges,
  weakest: Float64Array,
  column: number,
  at: number,
  sign: 1 | -1,
): number {
  return sign * (weakest[column] as number) * normal.spread(column, at);
}

/** Whether some metric by itself moved as far in the newest window as would count in a run of them. */
function hasMoved(
  judges: Judges,
  [newest]: readonly Float64Array[],
  [weakest]: readonly Float64Array[],
  at: number,
): boolean {
  if (judges.caution <= 0) return true;
  if (newest === undefined || weakest === undefined) return false;
  return newest.some((signed, column) => {
    if (Number.isNaN(signed)) return false;
    const sign = signed < 0 ? -1 : 1;
    return distanceOf(judges, weakest, column, at, sign) >= leastOf(judges, column, at, sign, 2);
  });
}

/** The threshold of a metric in a look; a certain jump needs no experience. */
function limit(judges: Judges, look: number, column: number, sign: 1 | -1): number {
  const { normal, series, thresholds } = judges;
  const feature = normal.features[column] as { direction: string };
  if (feature.direction === (sign > 0 ? 'down' : 'up')) return Infinity;
  if (normal.state.constant[column]) return constantLimit(judges, look, column, sign);
  const threshold = thresholds[series.of(look, column, sign > 0 ? 0 : 1)] as number;
  return look === 0 ? judges.certain(column, sign, threshold) : threshold;
}

/**
 * A metric that never moved has no spread: what is worth reporting decides. Where nothing says what that
 * is, any change that lasts is reported, and no single window.
 */
function constantLimit(judges: Judges, look: number, column: number, sign: 1 | -1): number {
  const from = leastOf({ ...judges, caution: 1 }, column, Number.NaN, sign, look);
  if (look === 0) return from > 0 ? from : Infinity;
  if (look !== 1) return Infinity;
  const nothing = 1e-9 * Math.max(1, Math.abs(judges.normal.state.anchor[column] as number));
  return Math.max(from, nothing) * Math.SQRT2;
}

function leastOf(
  { normal, caution }: Judges,
  column: number,
  at: number,
  sign: 1 | -1,
  look: number,
): number {
  const feature = normal.features[column];
  const transform = normal.state.transforms[column];
  if (feature === undefined || transform === undefined) return Infinity;
  const windows = look >= FIRST_JUMP ? look - FIRST_JUMP : look;
  return leastDeviation(feature, transform, normal.expected(column, at), sign, windows, caution);
}

/** A vote above 1 that is not worth reporting stays below it; the larger of two such votes stays the larger. */
function withheld(vote: number): number {
  return vote > 1 ? 1 - 0.01 / vote : vote;
}

function share(magnitude: number, threshold: number): number {
  if (!(magnitude > 0)) return 0;
  return threshold > 0 ? Math.min(magnitude / threshold, LARGEST) : LARGEST;
}

/** The largest of the votes that there are. */
function largest(...votes: readonly (number | null | undefined)[]): number | null {
  let most = NONE;
  for (const vote of votes) if (vote != null && vote > most) most = vote;
  return most === NONE ? null : most;
}
