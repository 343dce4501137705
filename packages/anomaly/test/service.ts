import { seededRandom } from '../src/seeded-random.js';

// A type, not an interface: only a type has the index signature that named metrics need.
export type Window = {
  avg_confidence: number;
  inference_latency: number;
  error_rate: number;
  throughput: number;
  memory_usage: number;
};

export type Noise = 'lognormal' | 'gamma' | 'spiky' | 'bursty';

/**
 * A service of about 100 calls a window without any fault: skewed latency around 20 ms, 1 % errors
 * counted call by call, a saw-toothed heap. `spiky`: 2 % of the windows take 3 to 5 times as long;
 * `bursty`: slow spells that last some windows, and 1 % such spikes.
 */
export function normalService(noise: Noise, seed: number): () => Window {
  const random = seededRandom(seed);
  const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const sigma = 0.15 + 0.15 * random();
  let spell = 0;
  const spike = (share: number) => (random() < share ? 3 + 2 * random() : 1);
  const latency = (): number => {
    if (noise === 'gamma') {
      let sum = 0;
      for (let i = 0; i < 8; i += 1) sum -= Math.log(1 - random());
      return sum / 8;
    }
    if (noise === 'bursty') {
      spell = 0.8 * spell + 0.09 * gauss();
      return Math.exp(spell + 0.15 * gauss()) * spike(0.01);
    }
    return Math.exp(sigma * gauss()) * (noise === 'spiky' ? spike(0.02) : 1);
  };
  return () => {
    const calls = Math.max(5, Math.round(100 * Math.exp(0.2 * gauss())));
    let errors = 0;
    for (let call = 0; call < calls; call += 1) if (random() < 0.01) errors += 1;
    return {
      avg_confidence: Math.min(1, 0.88 + (0.18 * gauss()) / Math.sqrt(calls)),
      inference_latency: 20 * latency(),
      error_rate: errors / calls,
      throughput: calls,
      memory_usage: 150e6 * (1 + 0.1 * random() + 0.05 * Math.abs(gauss())),
    };
  };
}

export function windows(next: () => Window, count: number): Window[] {
  return Array.from({ length: count }, next);
}
