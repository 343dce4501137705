import { setTimeout } from 'node:timers/promises';
import type { Detection, Detector } from './detectors/detector.js';

export const faultKinds = ['latency', 'error', 'confidence'] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** The detector that it breaks; null: all of them. */
  readonly detector: string | null;
  readonly startedAt: string;
  /** When it ends, or ended. */
  readonly endsAt: string;
}

const addedLatencyMillis = 600;
const errorShare = 0.5;
const confidenceFactor = 0.3;
const mostKept = 100;

/** Breaks the detectors on purpose, for a while, so that the way from a fault to a page can be watched. */
export class FaultSwitch {
  #faults: Fault[] = [];
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  start(kind: FaultKind, durationSeconds: number, detector: string | null = null): Fault {
    const now = this.#now();
    const fault = {
      kind,
      detector,
      startedAt: new Date(now).toISOString(),
      endsAt: new Date(now + durationSeconds * 1000).toISOString(),
    };
    this.#faults.push(fault);
    if (this.#faults.length > mostKept) this.#faults.shift();
    return fault;
  }

  /** Ends what is on; gives what it was. */
  stop(): readonly Fault[] {
    const now = this.#now();
    const ended = new Map(
      this.#faults
        .filter(({ endsAt }) => now < Date.parse(endsAt))
        .map((fault) => [fault, { ...fault, endsAt: new Date(now).toISOString() }]),
    );
    this.#faults = this.#faults.map((fault) => ended.get(fault) ?? fault);
    return [...ended.values()];
  }

  /** The last hundred, oldest first. */
  list(): readonly Fault[] {
    return this.#faults;
  }

  isActive(kind: FaultKind, detector: string): boolean {
    const now = this.#now();
    return this.#faults.some(
      (fault) =>
        fault.kind === kind &&
        (fault.detector ?? detector) === detector &&
        Date.parse(fault.startedAt) <= now &&
        now < Date.parse(fault.endsAt),
    );
  }

  /** The detector as it is while no fault is on. */
  wrap(detector: Detector): Detector {
    const { name } = detector;
    return {
      ...detector,
      detect: async (text, signal) => {
        if (this.isActive('latency', name))
          await setTimeout(addedLatencyMillis, undefined, { signal });
        if (this.isActive('error', name) && Math.random() < errorShare) {
          throw new Error(`The detector ${name} fails while the fault "error" is on`);
        }
        const found = await detector.detect(text, signal);
        if (!this.isActive('confidence', name)) return found;
        return found.map((detection): Detection => ({
          ...detection,
          confidence: detection.confidence * confidenceFactor,
        }));
      },
    };
  }
}
