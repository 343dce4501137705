import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type pg from 'pg';

/** A request that was answered with 200. */
interface Answered {
  readonly correlationId: string;
  readonly mappings: number;
}

const texts = readFileSync(
  new URL('../../../../apps/reference/data/corpus.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => (JSON.parse(line) as { text: string }).text);
const tenants = ['acme', 'globex', 'initech', 'umbrella', 'hooli'];

/** Clients that send texts by the clock, each with an id of its own, and remember what they were answered. */
export class MappingClients {
  readonly answered: Answered[] = [];
  failed = 0;
  sent = 0;
  readonly #url: string;
  readonly #prefix: string;
  readonly #intervalMillis: number;
  readonly #timer: NodeJS.Timeout;
  readonly #open = new Set<Promise<void>>();

  constructor(url: string, prefix: string, perSecond: number) {
    this.#url = url;
    this.#prefix = prefix;
    this.#intervalMillis = 1000 / perSecond;
    this.#timer = setInterval(() => this.#send(), this.#intervalMillis);
  }

  /** Sends no more, and waits for the answers. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    while (this.#open.size > 0) await Promise.race([...this.#open, setTimeout(100)]);
  }

  /** Requests that were answered with 200 and are not whole in the database, and rows whose answer was lost. */
  async missing(pool: pg.Pool): Promise<{ lost: string[]; rows: number; unanswered: number }> {
    const { rows } = await pool.query<{ id: string; count: number }>(
      `select correlation_id as id, count(*)::int as count from compliance_mappings
        where correlation_id like $1 group by 1`,
      [`${this.#prefix}%`],
    );
    const stored = new Map(rows.map(({ id, count }) => [id, count]));
    const known = new Set(this.answered.map(({ correlationId }) => correlationId));
    return {
      lost: this.answered
        .filter(({ correlationId, mappings }) => (stored.get(correlationId) ?? 0) !== mappings)
        .map(({ correlationId }) => correlationId),
      rows: rows.reduce((sum, { count }) => sum + count, 0),
      unanswered: rows.filter(({ id }) => !known.has(id)).length,
    };
  }

  #send(): void {
    const n = this.sent;
    this.sent += 1;
    const request = this.#map(n).finally(() => this.#open.delete(request));
    this.#open.add(request);
  }

  async #map(n: number): Promise<void> {
    const correlationId = `${this.#prefix}${n}`;
    const body = JSON.stringify({
      text: texts[n % texts.length],
      tenantId: tenants[n % tenants.length],
    });
    try {
      const response = await fetch(`${this.#url}/map`, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'x-correlation-id': correlationId,
        },
        signal: AbortSignal.timeout(15_000),
      });
      const answer = (await response.json()) as {
        mappings: readonly unknown[];
      };
      if (response.status === 200)
        this.answered.push({ correlationId, mappings: answer.mappings.length });
      else this.failed += 1;
    } catch {
      this.failed += 1;
    }
  }
}
