import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import {
  bodyOf,
  closeServer,
  listenOnLoopback,
  refuses,
  type ReceiverBehaviour,
} from './receiver.js';
import {
  readBinaryStruct,
  readCall,
  type ThriftStruct,
  type ThriftValue,
} from './thrift-reader.js';

/** A span as Jaeger reads it. */
export interface JaegerSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** `0000000000000000` for a root. */
  readonly parentSpanId: string;
  /** Microseconds since 1970. */
  readonly startTime: number;
  /** Microseconds. */
  readonly duration: number;
  readonly tags: Readonly<Record<string, string | number | boolean>>;
  readonly logs: readonly Readonly<Record<string, string | number | boolean>>[];
  /** Attributes of the resource. */
  readonly process: Readonly<Record<string, string | number | boolean>>;
}

export interface JaegerReceiver extends ReceiverBehaviour {
  readonly port: number;
  /** What was received and kept. */
  readonly spans: JaegerSpan[];
  /** Number of spans received. */
  readonly count: number;
  /** Thrift's protocol of each message. */
  readonly protocols: Set<'binary' | 'compact'>;
  /** `authorization` headers of HTTP posts. */
  readonly authorizations: (string | undefined)[];
  /** Errors of messages that could not be read. */
  readonly errors: unknown[];
  close(): Promise<void>;
}

/** Jaeger's agent on a free port of the loopback: Thrift by UDP, compact or binary. */
export async function startJaegerAgent(): Promise<JaegerReceiver> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
  const { receiver, take } = books();
  socket.on('message', (message) => {
    if (receiver.answer !== 'accept') return;
    take(() => {
      const { name, protocol, args } = readCall(message);
      if (name !== 'emitBatch') throw new RangeError(`jaeger: a call of ${name}`);
      receiver.protocols.add(protocol);
      return args.get(1) as ThriftStruct;
    });
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return Object.assign(receiver, {
    port: socket.address().port,
    close: () => new Promise<void>((resolve) => socket.close(resolve)),
  });
}

/** Jaeger's collector on a free port of the loopback: Thrift by HTTP at `/api/traces`. */
export async function startJaegerCollector(): Promise<JaegerReceiver> {
  const { receiver, take } = books();
  const server = createServer((req, res) => {
    void bodyOf(req).then((body) => {
      receiver.authorizations.push(req.headers.authorization);
      if (refuses(receiver, res)) return;
      const valid =
        req.method === 'POST' &&
        req.url === '/api/traces' &&
        req.headers['content-type'] === 'application/x-thrift';
      const taken = valid && take(() => readBinaryStruct(body));
      if (taken) receiver.protocols.add('binary');
      res.writeHead(taken ? 202 : 400).end();
    });
  });
  const port = await listenOnLoopback(server);
  return Object.assign(receiver, { port, close: () => closeServer(server) });
}

type Books = { -readonly [Name in keyof JaegerReceiver]: JaegerReceiver[Name] };

function books(): { receiver: Books; take: (read: () => ThriftStruct) => boolean } {
  const receiver: Books = {
    port: 0,
    answer: 'accept',
    keep: true,
    spans: [],
    count: 0,
    protocols: new Set(),
    authorizations: [],
    errors: [],
    close: () => Promise.resolve(),
  };
  const take = (read: () => ThriftStruct): boolean => {
    try {
      const batch = read();
      receiver.count += structs(batch.get(2)).length;
      if (receiver.keep) receiver.spans.push(...decode(batch));
      return true;
    } catch (error) {
      receiver.errors.push(error);
      return false;
    }
  };
  return { receiver, take };
}

function decode(batch: ThriftStruct): JaegerSpan[] {
  const process = batch.get(1) as ThriftStruct;
  const service = text(process.get(1));
  const processTags = values(process.get(2));
  return structs(batch.get(2)).map((span) => ({
    service,
    process: processTags,
    name: text(span.get(5)),
    traceId: id(span.get(2)) + id(span.get(1)),
    spanId: id(span.get(3)),
    parentSpanId: id(span.get(4)),
    startTime: Number(span.get(8)),
    duration: Number(span.get(9)),
    tags: values(span.get(10)),
    logs: structs(span.get(11)).map((log) => values(log.get(2))),
  }));
}

function values(tags: ThriftValue | undefined): Record<string, string | number | boolean> {
  return Object.fromEntries(
    structs(tags).map((tag): [string, string | number | boolean] => {
      const name = text(tag.get(1));
      switch (Number(tag.get(2))) {
        case 1:
          return [name, tag.get(4) as number];
        case 2:
          return [name, tag.get(5) as boolean];
        case 3:
          return [name, Number(tag.get(6))];
        default:
          return [name, text(tag.get(3))];
      }
    }),
  );
}

function structs(list: ThriftValue | undefined): readonly ThriftStruct[] {
  return (list ?? []) as readonly ThriftStruct[];
}

function text(value: ThriftValue | undefined): string {
  return Buffer.isBuffer(value) ? value.toString() : '';
}

function id(value: ThriftValue | undefined): string {
  const unsigned = BigInt.asUintN(64, value as bigint);
  return unsigned.toString(16).padStart(16, '0');
}
