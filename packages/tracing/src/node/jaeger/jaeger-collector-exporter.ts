import http, { type Agent, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { Attributes } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { ExportOutcome } from '../delivery.js';
import { writeProcess, writeSpan } from './jaeger-thrift.js';
import { BinaryThriftWriter } from './thrift-writer.js';

export interface JaegerCollectorConfig {
  readonly url: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly timeoutMillis: number;
}

/** Sends spans to Jaeger's collector: a Thrift `Batch` for each resource, by HTTP. */
export class JaegerCollectorExporter implements SpanExporter {
  readonly #url: URL;
  readonly #agent: Agent;
  readonly #options: RequestOptions;
  readonly #writer = new BinaryThriftWriter();

  constructor({ url, username, password, timeoutMillis }: JaegerCollectorConfig) {
    this.#url = new URL(url);
    const { Agent } = this.#url.protocol === 'https:' ? https : http;
    this.#agent = new Agent({ keepAlive: true });
    this.#options = {
      method: 'POST',
      agent: this.#agent,
      timeout: timeoutMillis,
      headers: { 'content-type': 'application/x-thrift' },
      ...(username === undefined ? {} : { auth: `${username}:${password ?? ''}` }),
    };
  }

  export(spans: ReadableSpan[], done: (outcome: ExportOutcome) => void): void {
    const batches = [...byResource(spans)].map(([resource, some]) => this.#batch(resource, some));
    Promise.all(batches.map((batch) => this.#post(batch))).then(
      () => done({ code: 0 }),
      (error: unknown) => done({ code: 1, error: error as Error }),
    );
  }

  shutdown(): Promise<void> {
    this.#agent.destroy();
    return Promise.resolve();
  }

  #batch(resource: Attributes, spans: readonly ReadableSpan[]): Buffer {
    const writer = this.#writer;
    writer.beginStruct();
    writer.struct(1);
    writeProcess(writer, resource);
    writer.structs(2, spans.length);
    for (const span of spans) writeSpan(writer, span);
    writer.endStruct();
    return writer.take();
  }

  #post(body: Buffer): Promise<void> {
    const { request } = this.#url.protocol === 'https:' ? https : http;
    return new Promise((resolve, reject) => {
      const req = request(this.#url, this.#options, (res: IncomingMessage) => {
        res.resume();
        const { statusCode = 0 } = res;
        if (statusCode >= 200 && statusCode < 300) res.on('end', resolve);
        else reject(new Error(`the collector answered with ${statusCode}`));
        res.on('error', reject);
      });
      req.on('error', reject);
      req.on('timeout', () => req.destroy(new Error('the collector does not answer')));
      req.end(body);
    });
  }
}

function byResource(spans: readonly ReadableSpan[]): Map<Attributes, ReadableSpan[]> {
  const groups = new Map<Attributes, ReadableSpan[]>();
  for (const span of spans) {
    const key = span.resource.attributes;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [span]);
    else group.push(span);
  }
  return groups;
}
