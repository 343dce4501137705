import { drainOnExit } from '../destination/exit-hook.js';
import { isError } from './log-call.js';

/** How lines that repeat are folded. */
export interface RepeatFoldingOptions {
  /** How long the repeats of a line are counted before a line tells how many there were, milliseconds. Default: 10000. */
  readonly windowMillis?: number | undefined;
  /** Different lines whose repeats are counted at the same time; lines beyond them are written. Default: 1000. */
  readonly maxTexts?: number | undefined;
}

/** A line and how often it came again. */
export interface Repeat {
  readonly level: string;
  readonly name: string | undefined;
  readonly text: string;
  /** Milliseconds since an arbitrary point. */
  readonly since: number;
  count: number;
}

/** Longer texts are written: what is remembered stays small. */
const longestText = 1024;

/**
 * Counts lines that come again within a window, instead of having them written; the first of each is
 * written at once, and at the end of the window a line tells how many there were. Lines are the same
 * when level, logger, message before its `%s` are filled in, and class of error are.
 */
export class RepeatFolding {
  readonly #windowMillis: number;
  readonly #maxTexts: number;
  readonly #tell: (repeat: Repeat) => void;
  /** In the order in which their windows end. */
  readonly #repeats = new Map<string, Repeat>();
  readonly #undoExitHook: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param tell writes how often a line came again */
  constructor(options: RepeatFoldingOptions, tell: (repeat: Repeat) => void) {
    this.#windowMillis = options.windowMillis ?? 10_000;
    this.#maxTexts = options.maxTexts ?? 1000;
    this.#tell = tell;
    this.#undoExitHook = drainOnExit({ drain: () => this.flush() });
  }

  /** Whether a line repeats one of its window: it is counted, and must not be written. */
  folds(level: string, name: string | undefined, message: unknown, fields: unknown): boolean {
    const text = textOf(message);
    if (text === undefined || text.length > longestText) return false;
    const key = `${level}\u0000${name ?? ''}\u0000${errorClass(message, fields)}\u0000${text}`;
    const known = this.#repeats.get(key);
    if (known !== undefined) {
      known.count++;
      return true;
    }
    if (this.#repeats.size >= this.#maxTexts) return false;
    this.#repeats.set(key, { level, name, text, since: performance.now(), count: 0 });
    this.#schedule();
    return false;
  }

  /** Tells all repeats now; the next of each line is written again. */
  flush(): void {
    const repeats = [...this.#repeats.values()];
    this.#repeats.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const repeat of repeats) this.#end(repeat);
  }

  /** Tells all repeats, and is not to be used any more. */
  close(): void {
    this.flush();
    this.#undoExitHook();
  }

  #end(repeat: Repeat): void {
    if (repeat.count > 0) this.#tell(repeat);
  }

  #schedule(): void {
    const oldest = this.#repeats.values().next().value;
    if (oldest === undefined || this.#timer !== undefined) return;
    const millis = oldest.since + this.#windowMillis - performance.now();
    this.#timer = setTimeout(this.#tick, Math.max(1, Math.ceil(millis)));
    this.#timer.unref();
  }

  readonly #tick = (): void => {
    this.#timer = undefined;
    const ended = performance.now() - this.#windowMillis;
    for (const [key, repeat] of this.#repeats) {
      if (repeat.since > ended) break;
      this.#repeats.delete(key);
      this.#end(repeat);
    }
    this.#schedule();
  };
}

/** The message before `%s` are filled in; undefined where there is none to compare by. */
function textOf(message: unknown): string | undefined {
  if (typeof message === 'string') return message;
  if (typeof message !== 'object' || message === null) return undefined;
  try {
    const { message: text } = message as { message?: unknown };
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}

function errorClass(message: unknown, fields: unknown): string {
  try {
    const { error } = (fields ?? {}) as { error?: unknown };
    const found = [message, fields, error].find((value) => isError(value));
    const { name, constructor } = (found ?? {}) as {
      name?: unknown;
      constructor?: { name: string };
    };
    return found === undefined ? '' : `${String(name)} ${String(constructor?.name)}`;
  } catch {
    return '';
  }
}
