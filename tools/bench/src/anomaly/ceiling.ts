import { Random } from '../random.js';
import {
  deviationsOf,
  disturbanceOf,
  disturbed,
  type IncidentKind,
  incidentKinds,
  rampOf,
  type TrainingDeviations,
} from './incidents.js';
import { exceededByNormal, countTail } from './null-tails.js';
import {
  type Causes,
  CONFIDENCE_OF_A_CALL,
  COST_BESIDE_TOKENS,
  COST_OF_A_TOKEN,
  type Disturbance,
  Service,
  type ServiceWindow,
  SharedTraffic,
  wanders,
  WINDOWS_PER_WEEK,
} from './service-weeks.js';
import { WanderFilter } from './wander-filter.js';

/** Metrics, each on each side that is watched. */
const COMPARISONS = 12;
/** Windows between two incidents of one service, at least. */
const APART = 150;

/** Incidents that the observer found in time, and incidents in all. */
export interface Ceiling {
  readonly kind: IncidentKind;
  readonly size: number;
  readonly found: number;
  readonly trials: number;
}

/**
 * What an observer finds who knows every constant of the generator: season, shared traffic, deploys and slow windows are
 * no surprise to it, it follows what wanders by the best estimate from the past, and knows the noise of counting. It is
 * told besides which kind of incident to look for, of which size, and since when, and pays for one comparison a window
 * of each metric on each watched side, with the same budget of false alarms a week. A monitor has to learn all that and
 * must look for everything at any time: this is more than it can reach.
 */
export function ceilings(
  models: number,
  sizes: readonly number[],
  services: number,
  seed: number,
): Ceiling[] {
  const chance = 1 / (models * WINDOWS_PER_WEEK * COMPARISONS);
  const random = new Random(seed);
  const outcomes = incidentKinds.flatMap((kind) => sizes.map((size) => ({ kind, size, found: 0, trials: services }))); // prettier-ignore
  for (let nth = 0; nth < services; nth += 1) {
    const shared = new SharedTraffic(random.whole(0, 2 ** 32 - 1));
    const service = new Service(random.whole(0, 2 ** 32 - 1), shared);
    const next = (disturbance: Disturbance = {}): ServiceWindow => {
      shared.next();
      return service.next(disturbance);
    };
    const deviations = deviationsOf(Array.from({ length: 3 * WINDOWS_PER_WEEK }, () => next()));
    for (const outcome of outcomes) {
      const { kind, size } = outcome;
      const watch = watchOf(kind, size, deviations);
      for (let windows = random.whole(APART, 2 * APART); windows > 0; windows -= 1) {
        watch.learn(next(), service.causes);
      }
      let isFound = false;
      for (let window = 0; window <= rampOf(kind); window += 1) {
        const healthy = next(disturbanceOf(kind, size, deviations));
        const seen = disturbed(healthy, kind, size, window, deviations);
        if (watch.chanceOf(seen, service.causes, window) < chance) isFound = true;
      }
      if (isFound) outcome.found += 1;
    }
  }
  return outcomes;
}

/** What the observer does about one incident. */
interface Watch {
  /** Learns a window before it. */
  learn(window: ServiceWindow, causes: Causes): void;
  /** The chance that normal windows speak as strongly for the incident as those since its beginning do. */
  chanceOf(window: ServiceWindow, causes: Causes, nth: number): number;
}

/** A quantity measured with noise: where it is without what wanders, and what an incident of a size does to it. */
interface Quantity {
  readonly wander: readonly [number, number];
  readonly value: (window: ServiceWindow) => number;
  readonly usual: (causes: Causes) => number;
  readonly noise: (causes: Causes) => number;
  readonly shift: (causes: Causes, reached: number) => number;
}

function watchOf(kind: IncidentKind, size: number, deviations: TrainingDeviations): Watch {
  return kind === 'error burst'
    ? new CountWatch()
    : new FilterWatch(quantityOf(kind, deviations), (nth) => size * Math.min(1, (nth + 1) / rampOf(kind))); // prettier-ignore
}

function quantityOf(
  kind: Exclude<IncidentKind, 'error burst'>,
  { of, logThroughput }: TrainingDeviations,
): Quantity {
  switch (kind) {
    case 'latency step':
      return {
        wander: wanders.latency,
        value: ({ inference_latency }) => Math.log(inference_latency),
        usual: ({ logLatency }) => logLatency,
        noise: ({ latencyNoise }) => latencyNoise,
        shift: ({ logLatency }, reached) => Math.log(1 + (reached * of.inference_latency) / Math.exp(logLatency)), // prettier-ignore
      };
    case 'throughput drop':
      return {
        wander: wanders.load,
        value: ({ throughput }) => Math.log(throughput * 300),
        usual: ({ expectedCalls }) => Math.log(expectedCalls),
        noise: ({ expectedCalls }) => 1 / Math.sqrt(expectedCalls),
        shift: (_, reached) => -reached * logThroughput,
      };
    case 'memory leak':
      return {
        wander: [0, 0],
        value: ({ memory_usage }) => memory_usage,
        usual: ({ memory }) => memory,
        noise: ({ memoryNoise }) => memoryNoise,
        shift: (_, reached) => reached * of.memory_usage,
      };
    case 'confidence drift':
      return {
        wander: wanders.confidence,
        value: ({ avg_confidence }) => avg_confidence,
        usual: ({ confidence }) => confidence,
        noise: ({ calls }) => CONFIDENCE_OF_A_CALL / Math.sqrt(calls),
        shift: (_, reached) => -reached * of.avg_confidence,
      };
    case 'broken relation':
      return {
        wander: [0, 0],
        value: ({ cost_per_call, tokens_per_call }) => Math.log(cost_per_call / tokens_per_call),
        usual: () => Math.log(COST_OF_A_TOKEN),
        noise: () => COST_BESIDE_TOKENS,
        shift: ({ tokens }, reached) =>
          Math.log(1 + ((reached / 2) * of.cost_per_call) / (COST_OF_A_TOKEN * tokens)) -
          Math.log(Math.max(0.01, 1 - ((reached / 2) * of.tokens_per_call) / tokens)),
      };
  }
}

/** The likelihood ratio of a shift known in size and time, from what the filter of normal windows leaves over. */
class FilterWatch implements Watch {
  readonly #quantity: Quantity;
  readonly #reached: (nth: number) => number;
  readonly #filter: WanderFilter;
  /** What of the shift the filter has taken for wandering. */
  #followed = 0;
  #spoken = 0;
  #strength = 0;

  constructor(quantity: Quantity, reached: (nth: number) => number) {
    this.#quantity = quantity;
    this.#reached = reached;
    this.#filter = new WanderFilter(...quantity.wander);
  }

  learn(window: ServiceWindow, causes: Causes): void {
    const { value, usual, noise } = this.#quantity;
    this.#filter.learn(value(window) - usual(causes), noise(causes) ** 2);
  }

  chanceOf(window: ServiceWindow, causes: Causes, nth: number): number {
    const { value, usual, noise, shift } = this.#quantity;
    const filter = this.#filter;
    const expected = shift(causes, this.#reached(nth)) - filter.kept * this.#followed;
    const { rest, variance, gain } = filter.learn(
      value(window) - usual(causes),
      noise(causes) ** 2,
    );
    this.#followed = filter.kept * this.#followed + gain * expected;
    this.#spoken += (expected * rest) / variance;
    this.#strength += expected ** 2 / variance;
    return exceededByNormal(this.#spoken / Math.sqrt(this.#strength));
  }
}

/** Calls that fail are few: the exact chance of so many, at a rate that is known as well as the past tells it. */
class CountWatch implements Watch {
  readonly #filter = new WanderFilter(...wanders.errors);
  #failed = 0;
  #usual = 0;

  learn(window: ServiceWindow, { calls, failing }: Causes): void {
    const usual = calls * failing;
    const failed = Math.round(window.error_rate * calls);
    const expected = usual * Math.exp(this.#filter.mean);
    // One step of Newton's towards the likeliest logarithm of the rate.
    this.#filter.learn(this.#filter.mean + (failed - expected) / expected, 1 / expected);
  }

  chanceOf(window: ServiceWindow, { calls, failing }: Causes): number {
    this.#failed += Math.round(window.error_rate * calls);
    this.#usual += calls * failing;
    const { mean, variance } = this.#filter;
    this.#filter.wait();
    return countTail(this.#failed, this.#usual, mean, variance);
  }
}
