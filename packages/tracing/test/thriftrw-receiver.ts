import { readFileSync } from 'node:fs';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';

/** A span as Jaeger would read it. */
export interface JaegerSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly tags: Readonly<Record<string, string | number | boolean>>;
  readonly logs: readonly Readonly<Record<string, string | number | boolean>>[];
}

export interface JaegerReceiver {
  readonly port: number;
  readonly spans: JaegerSpan[];
  /** Authorization headers of HTTP posts. */
  readonly authorizations: (string | undefined)[];
  close(): Promise<void>;
}

interface ThriftTag {
  key: string;
  vType: string;
  vStr: string;
  vDouble: number;
  vBool: boolean;
  vLong: Buffer;
}
interface ThriftSpan {
  traceIdLow: Buffer;
  traceIdHigh: Buffer;
  spanId: Buffer;
  parentSpanId: Buffer;
  operationName: string;
  tags: ThriftTag[];
  logs: { fields: ThriftTag[] }[];
}
interface ThriftBatch {
  process: { serviceName: string };
  spans: ThriftSpan[];
}
interface ThriftResult<T> {
  err: Error | null;
  value: T;
}

const require = createRequire(import.meta.url);
const idl = join(
  dirname(require.resolve('jaeger-client')),
  'jaeger-idl',
  'thrift',
  'jaeger.thrift',
);
const agentIdl = join(dirname(require.resolve('jaeger-client')), 'thriftrw-idl', 'agent.thrift');

const { Thrift } = require('thriftrw') as { Thrift: new (options: object) => unknown };
const jaeger = new Thrift({
  source: readFileSync(idl, 'ascii'),
  allowOptionalArguments: true,
}) as { Batch: { rw: { readFrom: unknown; fromBuffer?: unknown } } };
const agent = new Thrift({
  entryPoint: agentIdl,
  allowOptionalArguments: true,
  allowFilesystemAccess: true,
}) as {
  Agent: {
    emitBatch: { argumentsMessageRW: Reader<{ body: { batch: ThriftBatch } }> };
  };
};

interface Reader<T> {
  readFrom(buffer: Buffer, offset: number): ThriftResult<T>;
}

function decode(batch: ThriftBatch): JaegerSpan[] {
  return batch.spans.map((span) => ({
    service: batch.process.serviceName,
    name: span.operationName,
    traceId: span.traceIdHigh.toString('hex') + span.traceIdLow.toString('hex'),
    spanId: span.spanId.toString('hex'),
    parentSpanId: span.parentSpanId.toString('hex'),
    tags: values(span.tags),
    logs: span.logs.map((log) => values(log.fields)),
  }));
}

function values(tags: ThriftTag[]): Record<string, string | number | boolean> {
  return Object.fromEntries(
    tags.map((tag): [string, string | number | boolean] => {
      if (tag.vType === 'BOOL') return [tag.key, tag.vBool];
      if (tag.vType === 'DOUBLE') return [tag.key, tag.vDouble];
      return [tag.key, tag.vStr];
    }),
  );
}

function read<T>(result: ThriftResult<T>): T {
  if (result.err) throw result.err;
  return result.value;
}

/** Jaeger's agent: Thrift's message by UDP. */
export async function startJaegerAgent(): Promise<JaegerReceiver> {
  const spans: JaegerSpan[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (message) => {
    const { body } = read(agent.Agent.emitBatch.argumentsMessageRW.readFrom(message, 0));
    spans.push(...decode(body.batch));
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    port: socket.address().port,
    spans,
    authorizations: [],
    close: () => new Promise((resolve) => socket.close(resolve)),
  };
}

/** Jaeger's collector: a Thrift batch by HTTP. */
export async function startJaegerCollector(): Promise<JaegerReceiver> {
  const spans: JaegerSpan[] = [];
  const authorizations: (string | undefined)[] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      authorizations.push(req.headers.authorization);
      const valid =
        req.method === 'POST' &&
        req.url === '/api/traces' &&
        req.headers['content-type'] === 'application/x-thrift';
      if (valid) {
        const reader = jaeger.Batch.rw as unknown as Reader<ThriftBatch>;
        spans.push(...decode(read(reader.readFrom(Buffer.concat(chunks), 0))));
      }
      res.writeHead(valid ? 202 : 400).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    spans,
    authorizations,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
