import Transport from 'winston-transport';
import { integer, object, onlyKnown } from './option-checks.js';

/** A line of the log, as it was written. */
export type RecentLine = Readonly<Record<string, unknown>>;

/** How much is kept; every option may be left out. */
export interface RecentLinesOptions {
  /** Lines of all requests together; older ones are forgotten. Default: 5000. */
  readonly maxLines?: number | undefined;
  /** Characters of all lines together; older ones are forgotten. Default: 4000000. */
  readonly maxCharacters?: number | undefined;
}

interface Kept {
  readonly correlationId: string;
  readonly tenantId: unknown;
  readonly text: string;
}

/** Where a winston record keeps its text. */
const message = Symbol.for('message');
const known = new Set(['maxLines', 'maxCharacters']);

/**
 * A winston transport that keeps the latest lines of requests in memory, masked as they were written, so that a page of
 * yours can show what one request logged. Lines without a correlation id belong to no request and are not kept.
 */
export class RecentLines extends Transport {
  readonly #maxLines: number;
  readonly #maxCharacters: number;
  #lines: Kept[] = [];
  #characters = 0;

  /** @throws LoggingConfigError */
  constructor(options: RecentLinesOptions = {}) {
    onlyKnown('option', object('options', options), known);
    const { maxLines = 5000, maxCharacters = 4_000_000 } = options;
    super();
    this.#maxLines = integer('maxLines', maxLines, 1);
    this.#maxCharacters = integer('maxCharacters', maxCharacters, 1);
  }

  /** Called by winston. */
  override log(info: Readonly<Record<string | symbol, unknown>>, next: () => void): void {
    const { correlation_id: correlationId, tenant_id: tenantId, [message]: text } = info;
    if (typeof correlationId === 'string' && typeof text === 'string') {
      this.#lines.push({ correlationId, tenantId, text });
      this.#characters += text.length;
      while (this.#lines.length > this.#maxLines || this.#characters > this.#maxCharacters) {
        this.#characters -= this.#lines.shift()?.text.length ?? 0;
      }
    }
    next();
  }

  /** The lines of one request, oldest first; of all tenants unless one is given. What is no JSON stands under `message`. */
  of(correlationId: string, tenantId?: string): readonly RecentLine[] {
    return this.#lines
      .filter((line) => line.correlationId === correlationId)
      .filter((line) => tenantId === undefined || line.tenantId === tenantId)
      .map(({ text }) => parse(text));
  }

  /** Forgets what a tenant's requests wrote; gives how many lines. */
  forgetTenant(tenantId: string): number {
    const before = this.#lines.length;
    this.#lines = this.#lines.filter((line) => line.tenantId !== tenantId);
    this.#characters = this.#lines.reduce((sum, { text }) => sum + text.length, 0);
    return before - this.#lines.length;
  }
}

function parse(text: string): RecentLine {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as RecentLine;
  } catch {
    // A line for the eyes.
  }
  return { message: text };
}
