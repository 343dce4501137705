import Transport from 'winston-transport';

/** A line of the log, as it was written. */
export type RecentLine = Readonly<Record<string, unknown>>;

export interface RecentLinesOptions {
  /** Default 5000. */
  readonly mostLines?: number;
  /** Characters of all lines together. Default 4000000. */
  readonly mostCharacters?: number;
}

/** Where a winston record keeps its text. */
const message = Symbol.for('message');

/** A winston transport that keeps the latest lines in memory, those that belong to a request. */
export class RecentLines extends Transport {
  readonly #mostLines: number;
  readonly #mostCharacters: number;
  readonly #lines: { readonly correlationId: string; readonly text: string }[] = [];
  #characters = 0;

  constructor(options: RecentLinesOptions = {}) {
    super();
    this.#mostLines = options.mostLines ?? 5000;
    this.#mostCharacters = options.mostCharacters ?? 4_000_000;
  }

  override log(info: Record<string | symbol, unknown>, next: () => void): void {
    const { correlation_id: correlationId, [message]: text } = info;
    if (typeof correlationId === 'string' && typeof text === 'string') {
      this.#lines.push({ correlationId, text });
      this.#characters += text.length;
      while (this.#lines.length > this.#mostLines || this.#characters > this.#mostCharacters) {
        this.#characters -= this.#lines.shift()?.text.length ?? 0;
      }
    }
    next();
  }

  /** The lines of one request, oldest first, of one tenant or, when that is null, of all. */
  of(correlationId: string, tenant: string | null = null): readonly RecentLine[] {
    return this.#lines
      .filter((line) => line.correlationId === correlationId)
      .map(({ text }) => JSON.parse(text) as RecentLine)
      .filter((line) => tenant === null || line['tenant_id'] === tenant);
  }

  /** Forgets what a tenant's requests wrote; gives how many lines. */
  forget(tenant: string): number {
    const kept = this.#lines.filter(
      ({ text }) => (JSON.parse(text) as RecentLine)['tenant_id'] !== tenant,
    );
    const forgotten = this.#lines.length - kept.length;
    this.#lines.splice(0, Infinity, ...kept);
    this.#characters = kept.reduce((sum, { text }) => sum + text.length, 0);
    return forgotten;
  }
}
