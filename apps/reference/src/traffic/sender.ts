/**
 * The program that plays the clients: a process of its own, so that it shares neither the event loop nor the spans of
 * the service which it calls. It sends by the clock whether or not answers have come, as real clients do.
 */
import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { builtInArrivals, readTrace, type Arrivals } from './arrivals.js';
import { builtInTexts, readTexts } from './texts.js';

export interface SenderSettings {
  readonly url: string;
  readonly token: string | undefined;
  readonly trace: string | undefined;
  readonly texts: string | undefined;
  readonly speed: number;
}

export interface Progress {
  readonly type: 'progress' | 'finished';
  readonly sent: number;
  /** How many there will be; null when there is no end. */
  readonly total: number | null;
  readonly answered: number;
  readonly failed: number;
  /** Most that a request was sent after its time, in milliseconds. */
  readonly latestMillis: number;
}

const tenants = ['acme', 'globex', 'initech', 'umbrella', 'hooli'];
const mostInFlight = 1000;
const progressIntervalMillis = 5000;

const agent = new Agent({ keepAlive: true, maxSockets: 256 });
const counts = { sent: 0, answered: 0, failed: 0, latestMillis: 0 };
let inFlight = 0;

function send({ url, token }: SenderSettings, text: string, tenantId: string): void {
  counts.sent += 1;
  inFlight += 1;
  const body = JSON.stringify({ text, tenantId });
  const settle = (ok: boolean): void => {
    inFlight -= 1;
    counts[ok ? 'answered' : 'failed'] += 1;
  };
  const outgoing = request(
    url,
    {
      agent,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
    },
    (response) => {
      response.resume();
      response.once('end', () => settle(response.statusCode === 200));
      response.once('error', () => settle(false));
    },
  );
  outgoing.once('error', () => settle(false));
  outgoing.end(body);
}

async function run(settings: SenderSettings): Promise<void> {
  const trace = settings.trace === undefined ? undefined : await readTrace(settings.trace);
  const texts = readTexts(settings.texts ?? builtInTexts);
  const arrivals: Arrivals = trace ?? builtInArrivals();
  const tell = (type: Progress['type']): void => {
    if (process.connected)
      process.send?.({ type, total: trace?.length ?? null, ...counts } satisfies Progress);
  };
  const progress = setInterval(() => tell('progress'), progressIntervalMillis);
  const started = performance.now();
  let index = 0;
  for (const at of arrivals) {
    const due = started + at / settings.speed;
    const wait = due - performance.now();
    if (wait > 1) await setTimeout(wait);
    while (inFlight >= mostInFlight) await setTimeout(5);
    counts.latestMillis = Math.max(counts.latestMillis, Math.round(performance.now() - due));
    // 421 texts and 5 tenants have no common divisor: every tenant sends every text.
    send(settings, texts[index % texts.length] ?? '', tenants[index % tenants.length] ?? '');
    index += 1;
  }
  while (inFlight > 0) await setTimeout(20);
  clearInterval(progress);
  tell('finished');
  process.disconnect();
}

process.once('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole terminal; the service decides when its clients stop.
process.on('SIGINT', () => undefined);
run(JSON.parse(process.argv[2] ?? '') as SenderSettings).catch((error: unknown) => {
  process.send?.({ type: 'failed', reason: (error as Error).message }, () => process.exit(1));
});
