/** How one consumer fared. */
export interface Outcome {
  /** Such as `@acme/tracing alone, ES module, Node 22`. */
  readonly consumer: string;
  readonly seconds: number;
  /** What went wrong; undefined when all is well. */
  readonly failure: string | undefined;
}

/** Tries what consumers do, one after the other, and notes each. */
export class Trials {
  readonly outcomes: Outcome[] = [];
  readonly #onOutcome: (outcome: Outcome) => void;

  constructor(onOutcome: (outcome: Outcome) => void) {
    this.#onOutcome = onOutcome;
  }

  /** Gives whether it went well, so that what rests on it need not be tried. */
  async try(consumer: string, work: () => Promise<unknown>): Promise<boolean> {
    const start = performance.now();
    let failure: string | undefined;
    try {
      await work();
    } catch (error) {
      const { message, stdout = '', stderr = '' } = error as Error & Record<string, string>;
      failure = [message, stdout, stderr].filter(Boolean).join('\n');
    }
    const outcome = { consumer, seconds: (performance.now() - start) / 1000, failure };
    this.outcomes.push(outcome);
    this.#onOutcome(outcome);
    return failure === undefined;
  }
}
