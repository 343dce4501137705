import { Random } from '../random.js';
import { Draw, Wander } from './gaussian.js';

/** Windows of five minutes. */
export const WINDOW_MILLIS = 300_000;
export const WINDOWS_PER_WEEK = (7 * 86_400_000) / WINDOW_MILLIS;
/** Of a typical model: 5.53 calls a second, the mean of an hour of Azure's public trace of chat requests (2023). */
const CALLS = (5.53 * WINDOW_MILLIS) / 1000;
/** A Monday, midnight UTC. */
const EPOCH = Date.UTC(2026, 0, 5);

/** The metrics beside the default five, as the monitor is told of them. */
export const moreFeatures = {
  time_to_first_chunk: { transform: 'log', direction: 'up' },
  tokens_per_call: { transform: 'log' },
  cost_per_call: { transform: 'log' },
} as const;

// A type, not an interface: only a type has the index signature that named metrics need.
export type ServiceWindow = {
  avg_confidence: number;
  inference_latency: number;
  error_rate: number;
  throughput: number;
  memory_usage: number;
  time_to_first_chunk: number;
  tokens_per_call: number;
  cost_per_call: number;
};

/** What an incident does to the causes of a window. */
export interface Disturbance {
  /** Added to the share of calls that fail, before they are counted. */
  readonly errors?: number;
  /** Factor of the calls that come. */
  readonly calls?: number;
}

/** What a window was made of: an observer who knows all constants could know it, beside what chance added. */
export interface Causes {
  /** Expected number of calls but for what wanders by itself, and their number. */
  readonly expectedCalls: number;
  readonly calls: number;
  /** Share of failing calls, mean confidence, logarithm of the latency, memory, tokens a call: without chance. */
  readonly failing: number;
  readonly confidence: number;
  readonly logLatency: number;
  readonly memory: number;
  readonly tokens: number;
  /** Noise of the logarithm of the latency, and of the memory. */
  readonly latencyNoise: number;
  readonly memoryNoise: number;
}

/** Deviation, and share kept from window to window, of what wanders. */
export const wanders = {
  load: [0.05, 0.97],
  latency: [0.03, 0.97],
  errors: [0.3, 0.98],
  confidence: [0.004, 0.98],
  tokens: [0.03, 0.97],
} as const;
/** Noise of the confidence of one call, and of the cost beside the tokens. */
export const CONFIDENCE_OF_A_CALL = 0.12;
export const COST_BESIDE_TOKENS = 0.01;
export const COST_OF_A_TOKEN = 2e-6;

/** The traffic that all models of a process have in common. */
export class SharedTraffic {
  readonly #wander: Wander;
  #load = 0;

  constructor(seed: number) {
    this.#wander = new Wander(new Draw(new Random(seed)), 0.03, 0.98);
  }

  next(): void {
    this.#load = this.#wander.next();
  }

  /** Sets a load that was drawn before, for a model that lives through the same past after another one. */
  replay(load: number): void {
    this.#load = load;
  }

  get load(): number {
    return this.#load;
  }
}

/**
 * A model behind a service, week after week, in good health: calls by the hour and the day of the week, counted;
 * latencies that follow the load; errors counted call by call, at a rate that wanders; memory that grows until the
 * next deploy; two deploys a week that disturb two windows and leave latency and tokens a little changed for good;
 * and two windows in a thousand that are slow for no reason. Its size, habits and noise are drawn from the seed.
 */
export class Service {
  readonly #draw: Draw;
  readonly #shared: SharedTraffic;
  readonly #size;
  readonly #wander;
  #window = 0;
  #sinceDeploy: number;
  #latencyLevel = 0;
  #tokensLevel = 0;
  #causes: Causes | undefined;

  constructor(seed: number, shared: SharedTraffic) {
    const draw = new Draw(new Random(seed));
    this.#draw = draw;
    this.#shared = shared;
    this.#size = {
      calls: CALLS * Math.exp(0.6 * draw.normal()),
      day: draw.between(0.3, 0.7),
      weekend: draw.between(0, 0.5),
      peakHour: draw.between(11, 16),
      latency: 300 * Math.exp(0.7 * draw.normal()),
      underLoad: draw.between(0.1, 0.35),
      errors: Math.exp(draw.between(Math.log(0.005), Math.log(0.03))),
      confidence: draw.between(0.75, 0.93),
      mix: draw.between(-0.025, 0.025),
      memory: 4e8 * Math.exp(0.5 * draw.normal()),
      growth: draw.between(0.05, 0.25),
      tokens: 800 * Math.exp(0.5 * draw.normal()),
      noise: draw.between(0.03, 0.06),
    };
    this.#wander = {
      load: new Wander(draw, ...wanders.load),
      latency: new Wander(draw, ...wanders.latency),
      errors: new Wander(draw, ...wanders.errors),
      confidence: new Wander(draw, ...wanders.confidence),
      tokens: new Wander(draw, ...wanders.tokens),
    };
    this.#sinceDeploy = draw.between(0, 600);
  }

  /** Time of the next window, milliseconds since the epoch. */
  get at(): number {
    return EPOCH + this.#window * WINDOW_MILLIS;
  }

  /** What the newest window was made of. */
  get causes(): Causes {
    if (this.#causes === undefined) throw new Error('there was no window yet');
    return this.#causes;
  }

  next(disturbance: Disturbance = {}): ServiceWindow {
    const draw = this.#draw;
    const size = this.#size;
    const hour = ((this.#window * WINDOW_MILLIS) / 3_600_000) % 24;
    const day = Math.floor((this.#window * WINDOW_MILLIS) / 86_400_000) % 7;
    this.#window += 1;
    const deploy = this.#deploy(hour, day);
    const season =
      size.day * Math.cos((2 * Math.PI * (hour - size.peakHour)) / 24) -
      (day >= 5 ? size.weekend : 0);
    const load = season + this.#wander.load.next() + this.#shared.load;
    const expected = size.calls * Math.exp(load) * (deploy === 0 ? 0.9 : 1);
    const calls = Math.max(3, draw.poisson(expected * (disturbance.calls ?? 1)));
    const slow = draw.random.chance(0.002) ? draw.exponential(0.15) : 0;
    const afterDeploy = deploy === 0 ? 0.12 : deploy === 1 ? 0.05 : 0;
    const latency =
      this.#latencyLevel +
      size.underLoad * load +
      this.#wander.latency.next() +
      size.noise * draw.normal() +
      slow +
      afterDeploy;
    const failing =
      size.errors * Math.exp(this.#wander.errors.next() + 0.3 * load) * (deploy === 0 ? 1.3 : 1);
    const errors = Math.min(calls, draw.poisson(calls * (failing + (disturbance.errors ?? 0))));
    const tokens =
      this.#tokensLevel +
      0.1 * season +
      this.#wander.tokens.next() +
      (0.6 / Math.sqrt(calls)) * draw.normal();
    const grown = size.growth * (1 - Math.exp(-this.#sinceDeploy / 500));
    this.#causes = {
      expectedCalls: size.calls * Math.exp(season + this.#shared.load) * (deploy === 0 ? 0.9 : 1),
      calls,
      failing: size.errors * Math.exp(0.3 * load) * (deploy === 0 ? 1.3 : 1),
      confidence: size.confidence + size.mix * season,
      logLatency:
        Math.log(size.latency) + this.#latencyLevel + size.underLoad * load + slow + afterDeploy,
      memory: size.memory * (1 + grown + 0.05 * load),
      tokens: size.tokens * Math.exp(this.#tokensLevel + 0.1 * season),
      latencyNoise: size.noise,
      memoryNoise: 0.008 * size.memory,
    };
    return {
      avg_confidence:
        size.confidence +
        size.mix * season +
        this.#wander.confidence.next() +
        (CONFIDENCE_OF_A_CALL / Math.sqrt(calls)) * draw.normal(),
      inference_latency: size.latency * Math.exp(latency),
      error_rate: errors / calls,
      throughput: (calls * 1000) / WINDOW_MILLIS,
      memory_usage: size.memory * (1 + grown + 0.05 * load + 0.008 * draw.normal()),
      time_to_first_chunk: 0.3 * size.latency * Math.exp(0.8 * latency + 0.04 * draw.normal()),
      tokens_per_call: size.tokens * Math.exp(tokens),
      cost_per_call:
        COST_OF_A_TOKEN * size.tokens * Math.exp(tokens + COST_BESIDE_TOKENS * draw.normal()),
    };
  }

  /** Windows since the latest deploy; in working hours there is one about every fourth day. */
  #deploy(hour: number, day: number): number {
    this.#sinceDeploy += 1;
    if (day < 5 && hour >= 8 && hour < 17 && this.#draw.random.chance(2 / (5 * 9 * 12))) {
      this.#sinceDeploy = 0;
      this.#latencyLevel += 0.015 * this.#draw.normal();
      this.#tokensLevel += 0.01 * this.#draw.normal();
    }
    return this.#sinceDeploy;
  }
}
