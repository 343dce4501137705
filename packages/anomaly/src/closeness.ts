import { TailCounts } from './tail-counts.js';
import { REFITTED_AFTER } from './tail-pool.js';
import { exceededByNormal, farthest, fitTail, type TailShape, UNKNOWN } from './tail-shape.js';

/** Windows of which only the one that came closest counts: an alarm is raised once, however many windows it takes. */
const BLOCK_WINDOWS = 4;
/** Closeness is counted in bins that are made for deviations: what is an alarm lies where they are narrow. */
const SCALE = 3.9;
/** Blocks that must have been counted before anything is made of them. */
const LEAST_BLOCKS = 100;
/** Shares of the blocks that their tail is fitted to: what most windows do says little about the closest. */
const FITTED_SHARES = [0.03, 0.005] as const;
const LEAST_FITTED = 60;
/** Thresholds are stretched by no more, and no less. */
const LEAST_STRETCH = 0.95;
const MOST_STRETCH = 1.5;
/** What one comparison has of a probability of false alarms, roughly; and a probability to refer others to. */
const SHARE = 0.025;
const REFERENCE = 1e-6;

/** The windows of one model that are being counted. */
export interface Block {
  closest: number;
  windows: number;
}

/**
 * How close the normal windows of all models came to an alarm, by the largest of their votes. Thresholds of single
 * comparisons add up the chances of all as if these were independent and each tail were known; what the largest vote
 * really did says by how much all thresholds have to be stretched, or may be shrunk, to keep the budget.
 */
export class Closeness {
  readonly counts: TailCounts;
  /** Models that shared the budget when this began. */
  models: number;
  /** How the tail falls, and the blocks that it was fitted to: it is fitted anew once these have changed by a half. */
  shapes: readonly TailShape[];
  fittedAt: number;

  constructor(
    models = 1,
    counts = new TailCounts(1),
    shapes: readonly TailShape[] = [UNKNOWN],
    fittedAt = 0,
  ) {
    this.models = models;
    this.counts = counts;
    this.shapes = shapes;
    this.fittedAt = fittedAt;
  }

  /** Counts a window's largest vote, by thresholds for this probability that are not stretched. */
  count(block: Block, vote: number, probability: number, models: number): void {
    this.#share(models);
    block.closest = Math.max(block.closest, vote * scaleOf(probability));
    block.windows += 1;
    if (block.windows < BLOCK_WINDOWS) return;
    this.counts.add(0, SCALE * block.closest);
    block.closest = 0;
    block.windows = 0;
  }

  /** By what factor thresholds meet a probability of an alarm a window. */
  stretchFor(probability: number, models: number): number {
    this.#share(models);
    const { counts, totals } = this.counts;
    const total = totals[0] as number;
    if (total < LEAST_BLOCKS) return 1;
    if (Math.abs(total - this.fittedAt) > REFITTED_AFTER * this.fittedAt) {
      this.shapes = FITTED_SHARES.map((share) => fitTail(counts, 0, total, Math.max(share, LEAST_FITTED / total))); // prettier-ignore
      this.fittedAt = total;
    }
    const wanted = farthest(probability * BLOCK_WINDOWS, this.shapes) / SCALE;
    return Math.min(MOST_STRETCH, Math.max(LEAST_STRETCH, wanted / scaleOf(probability)));
  }

  /** Begins anew where many more models, or many fewer, share the budget: thresholds are others then. */
  #share(models: number): void {
    if (models < 2 * this.models && 2 * models > this.models) return;
    this.models = models;
    this.counts.clear();
    this.fittedAt = 0;
  }
}

/** By what thresholds for a probability differ from those for the reference, as normal tails go. */
function scaleOf(probability: number): number {
  return exceededByNormal(SHARE * probability) / exceededByNormal(SHARE * REFERENCE);
}
