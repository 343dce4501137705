import { median } from '../figures.js';
import { spreadOf, type Figure, type Figures, type Spread } from './figure.js';

/** Who was measured: its version, and its settings where they are not its defaults. */
export interface Subject {
  readonly version: string;
  readonly settings: string;
}

/** What a suite found. */
export interface SuiteFigures {
  /** Who was measured, by name. */
  readonly subjects: Readonly<Record<string, Subject>>;
  readonly figures: Figures;
  /** What holds for all: sizes, settings, where the data came from. */
  readonly setting: string;
}

/** A figure as a suite adds it, with its values round by round. */
export interface Measured extends Pick<
  Figure,
  'what' | 'by' | 'unit' | 'clock' | 'better' | 'digits'
> {
  readonly values: readonly number[];
  /** The same values by the wall clock. */
  readonly wall?: readonly number[];
  /** Name of the figure of ours that this one of a peer is compared with. */
  readonly beside?: string;
}

/** Collects the figures of one suite while it runs. */
export class FigureReport {
  /** What holds for all figures. */
  setting = '';
  readonly #subjects: Record<string, Subject> = {};
  readonly #measured = new Map<string, Measured>();

  /** Names somebody who is measured. */
  subject(name: string, version: string, settings = ''): void {
    this.#subjects[name] = { version, settings };
  }

  /** Adds a figure. Names are dotted words: `file.winston`. */
  add(name: string, measured: Measured): void {
    if (!/^[\w-]+(\.[\w-]+)*$/.test(name)) throw new TypeError(`no name of a figure: "${name}"`);
    if (this.#measured.has(name)) throw new TypeError(`a second figure "${name}"`);
    if (measured.values.length === 0 || measured.values.some((value) => !Number.isFinite(value))) {
      throw new TypeError(`"${name}" has values that are no numbers: ${String(measured.values)}`);
    }
    this.#measured.set(name, measured);
  }

  /** Adds what was counted once. */
  count(name: string, what: string, by: string, value: number, better?: Figure['better']): void {
    const goal = better === undefined ? {} : { better };
    this.add(name, { what, by, unit: '', digits: 0, values: [value], ...goal });
  }

  /** What was added, peers compared. @throws TypeError where a figure is beside one that is not there. */
  toJSON(): SuiteFigures {
    const figures = Object.fromEntries(
      [...this.#measured].map(([name, measured]) => [name, this.#figureOf(name, measured)]),
    );
    return { setting: this.setting, subjects: this.#subjects, figures };
  }

  #figureOf(name: string, { values, wall, beside, ...figure }: Measured): Figure {
    if (beside === undefined) {
      return { ...figure, ...spreadOf(values), ...(wall && { wall: spreadOf(wall) }) };
    }
    const ours = this.#measured.get(beside);
    if (ours === undefined) throw new TypeError(`"${name}" is beside "${beside}", which is not there`); // prettier-ignore
    return {
      ...figure,
      ...spreadOf(values),
      ...(wall && { wall: spreadOf(wall) }),
      times: { as: beside, ...timesBetter(ours.values, values, figure.better ?? 'lower') },
    };
  }
}

/** How many times better ours are: round by round where both have as many, else by the ends of both. */
function timesBetter(
  ours: readonly number[],
  theirs: readonly number[],
  better: 'lower' | 'higher',
): Spread {
  const times = (own: number, other: number): number =>
    better === 'lower' ? other / own : own / other;
  if (ours.length === theirs.length) {
    return spreadOf(ours.map((own, round) => times(own, theirs[round] ?? NaN)));
  }
  const ends = ours.flatMap((own) => theirs.map((other) => times(own, other)));
  return { ...spreadOf([Math.min(...ends), Math.max(...ends)]), ...spreadMedian(times(median(ours), median(theirs))), of: Math.min(ours.length, theirs.length) }; // prettier-ignore
}

function spreadMedian(value: number): Pick<Spread, 'median'> {
  return { median: spreadOf([value]).median };
}
