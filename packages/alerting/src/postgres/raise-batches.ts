import { StoreFullError, type RaiseCommand, type RaiseOutcome } from '../store.js';
import {
  checkedTimeout,
  PostgresStoreError,
  timeoutError,
  type StatementOptions,
} from './statement.js';

/** Statements that raise at a time: enough that several cores and the disk are busy. */
const mostRunning = 4;
/** Raises in one statement: it holds the locks of all of them until it ends. */
const mostTogether = 32;

/** The fault may be one command's, and nothing has happened: bad data, a limit, no room, a lock. */
const separable = /^(?:22|23|40|54|55|57014|P0)/;

interface Waiting {
  readonly command: RaiseCommand;
  readonly resolve: (outcome: RaiseOutcome) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Gathers raises into statements: those that come while others are under way go together, and one that
 * comes alone goes at once. Where a statement fails by what may be one command's fault, each of its
 * commands is tried by itself.
 */
export class RaiseBatches {
  readonly #run: (commands: readonly RaiseCommand[]) => Promise<readonly RaiseOutcome[]>;
  readonly #timeoutMillis: number;
  readonly #waiting = new Set<Waiting>();
  #running = 0;
  #scheduled = false;

  /** `run` does all of its commands or rejects, and answers in their order. */
  constructor(
    run: (commands: readonly RaiseCommand[]) => Promise<readonly RaiseOutcome[]>,
    options: StatementOptions,
  ) {
    this.#run = run;
    this.#timeoutMillis = checkedTimeout(options);
  }

  /** Rejects as `run` does, and when there is no answer in time; one that still waits then is not sent. */
  raise(command: RaiseCommand): Promise<RaiseOutcome> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        command,
        resolve: (outcome) => {
          clearTimeout(timeout);
          resolve(outcome);
        },
        reject: (error) => {
          clearTimeout(timeout);
          reject(error);
        },
      };
      const timeout = setTimeout(() => {
        const sent = !this.#waiting.delete(waiting);
        const error = timeoutError(this.#timeoutMillis);
        const what = sent ? 'raise' : 'raise, not sent';
        reject(new PostgresStoreError(`Postgres, ${what}: ${error.message}`, null, error));
      }, this.#timeoutMillis);
      this.#waiting.add(waiting);
      this.#schedule();
    });
  }

  /** After the caller's turn, so that what is raised together goes together. */
  #schedule(): void {
    if (this.#scheduled || this.#running >= mostRunning) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#start();
    });
  }

  #start(): void {
    while (this.#running < mostRunning && this.#waiting.size > 0) {
      const share = Math.ceil(this.#waiting.size / (mostRunning - this.#running));
      const batch: Waiting[] = [];
      for (const waiting of this.#waiting) {
        if (batch.push(waiting) >= Math.min(share, mostTogether)) break;
      }
      for (const waiting of batch) this.#waiting.delete(waiting);
      this.#running += 1;
      void this.#together(batch).finally(() => {
        this.#running -= 1;
        this.#schedule();
      });
    }
  }

  async #together(batch: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.#run(batch.map(({ command }) => command));
      batch.forEach(({ resolve, reject }, place) => {
        const outcome = outcomes[place];
        if (outcome === undefined)
          reject(new PostgresStoreError('Postgres, raise: no answer', null));
        else resolve(outcome);
      });
    } catch (error) {
      if (batch.length > 1 && isSeparable(error)) {
        for (const waiting of batch) await this.#together([waiting]);
      } else {
        for (const { reject } of batch) reject(error as Error);
      }
    }
  }
}

function isSeparable(error: unknown): boolean {
  if (error instanceof StoreFullError) return true;
  return error instanceof PostgresStoreError && error.code !== null && separable.test(error.code);
}
