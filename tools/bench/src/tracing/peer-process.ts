/** Does all that users do with a client of OpenAI's, with one wrapper: `peer-process.js <job as JSON>`. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-node';
import { observeOutcome, openAICases, type Outcome } from 'model-servers';
import type OpenAI from 'openai';
import { givenJob, tell } from '../fresh-process.js';
import { eventually } from './eventually.js';
import { failureTold, firstChunkTold, usageOf, type ToldUsage } from './told-by-span.js';
import { wrappers, type WrapperName } from './wrappers.js';

export interface PeerJob {
  /** Folder in which the client and the wrappers are installed. */
  readonly folder: string;
  readonly wrapper: WrapperName;
  readonly url: string;
}

export interface CaseResult {
  readonly name: string;
  readonly outcome: Outcome;
  readonly started: number;
  readonly ended: number;
  /** Ended spans that do not hang under the span of the request. */
  readonly orphans: number;
  /** Whether a span holds something of what was said. */
  readonly content: boolean;
  /** Spans that say that the call failed. */
  readonly failed: number;
  /** Tokens, of each span that tells them. */
  readonly usage: readonly ToldUsage[];
  /** Spans that tell when the first chunk came. */
  readonly firstChunks: number;
  /** Errors that nobody could catch: without a handler the process would have ended. */
  readonly unhandled: readonly string[];
}

export interface PeerResult {
  readonly version: string;
  /** Versions of the client that the wrapper says it is for. */
  readonly supports: string;
  readonly cases: readonly CaseResult[];
}

const said = /123-45|say hello|Hello from|sunny/;

async function run({ folder, wrapper, url }: PeerJob): Promise<PeerResult> {
  const require = createRequire(join(folder, 'from-here.js'));
  const { NodeTracerProvider } =
    require('@opentelemetry/sdk-trace-node') as typeof import('@opentelemetry/sdk-trace-node');
  const { trace } = require('@opentelemetry/api') as typeof import('@opentelemetry/api');
  let started = 0;
  const ended: ReadableSpan[] = [];
  const processor: SpanProcessor = {
    onStart: () => {
      started++;
    },
    onEnd: (span) => {
      ended.push(span);
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  new NodeTracerProvider({ spanProcessors: [processor] }).register();
  const { wrap, version, supports } = await wrappers[wrapper](require);
  const client = (require('openai') as { OpenAI: typeof OpenAI }).OpenAI;
  const unhandled: string[] = [];
  process.on('unhandledRejection', (error) => {
    unhandled.push(String(error));
  });
  process.on('uncaughtException', (error) => {
    unhandled.push(String(error));
  });

  const cases: CaseResult[] = [];
  for (const { name, calls, run: use } of openAICases) {
    started = 0;
    ended.length = 0;
    unhandled.length = 0;
    let request = '';
    const outcome = await trace.getTracer('bench').startActiveSpan('request', async (span) => {
      request = span.spanContext().spanId;
      const options = {
        apiKey: 'sk-test-0123456789abcdef',
        baseURL: `${url}/v1`,
        maxRetries: 0,
        logLevel: 'off',
      } as const;
      const result = await observeOutcome(() => within(5000, () => use(wrap(new client(options)))));
      span.end();
      return result;
    });
    // The request's own span is one of them.
    await eventually(() => ended.length === started && started > calls, 300);
    const others = ended.filter((span) => span.name !== 'request');
    cases.push({
      name,
      outcome,
      started: started - 1,
      ended: others.length,
      orphans: others.filter((span) => !descends(span, request, others)).length,
      content: said.test(textOf(others)),
      failed: others.filter(failureTold).length,
      usage: others.map(usageOf).filter((usage) => usage !== undefined),
      firstChunks: others.filter(firstChunkTold).length,
      unhandled: [...unhandled],
    });
  }
  return { version, supports, cases };
}

/** A call that a wrapper leaves hanging must not hold the others up. */
async function within<T>(millis: number, fn: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('never settled')), millis);
  });
  try {
    return await Promise.race([fn(), late]);
  } finally {
    clearTimeout(timer);
  }
}

function descends(span: ReadableSpan, root: string, others: readonly ReadableSpan[]): boolean {
  const parent = span.parentSpanContext?.spanId;
  if (parent === undefined || parent === root) return parent === root;
  const above = others.find((each) => each.spanContext().spanId === parent);
  return above !== undefined && descends(above, root, others);
}

function textOf(spans: readonly ReadableSpan[]): string {
  return JSON.stringify(
    spans.map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
  );
}

tell(await run(givenJob() as PeerJob), () => process.exit());
