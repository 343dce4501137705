import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Attributes } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { ExportOutcome } from '../delivery.js';
import { writeProcess, writeSpan } from './jaeger-thrift.js';
import { Pace } from './pace.js';
import { BinaryThriftWriter, CompactThriftWriter, type ThriftWriter } from './thrift-writer.js';

export interface JaegerAgentConfig {
  readonly host: string;
  readonly port: number;
  readonly protocol: 'compact' | 'binary';
  /** Largest datagram, in bytes. */
  readonly maxPacketBytes: number;
  /** Spans that wait here and behind, by which the pace is set. */
  readonly backlog: () => number;
}

/**
 * Sends spans to Jaeger's agent by UDP, as calls of `emitBatch`. Datagrams are paced: the agent's socket
 * holds some 200 kB, and what comes faster than it is read is lost without a word.
 */
export class JaegerAgentExporter implements SpanExporter {
  readonly #config: JaegerAgentConfig;
  readonly #writer: ThriftWriter;
  readonly #pace: Pace;
  #socket: Socket | undefined;
  #resource: Attributes | undefined;
  #process: Buffer = Buffer.alloc(0);

  constructor(config: JaegerAgentConfig) {
    this.#config = config;
    this.#writer =
      config.protocol === 'compact' ? new CompactThriftWriter() : new BinaryThriftWriter();
    this.#pace = new Pace(config.maxPacketBytes);
  }

  export(spans: ReadableSpan[], done: (outcome: ExportOutcome) => void): void {
    this.#send(spans).then(
      (tooLarge) => done({ code: 0, tooLarge }),
      (error: unknown) => done({ code: 1, error: error as Error }),
    );
  }

  shutdown(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    return new Promise((resolve) => (socket === undefined ? resolve() : socket.close(resolve)));
  }

  /** @returns how many spans fit into no datagram */
  async #send(spans: readonly ReadableSpan[]): Promise<number> {
    let tooLarge = 0;
    let batch: Buffer[] = [];
    let size = 0;
    let resource: Attributes | undefined;
    let room = 0;
    const flush = async (): Promise<void> => {
      if (batch.length === 0) return;
      const datagram = this.#datagram(batch);
      const share = batch.length / size;
      batch = [];
      size = 0;
      await this.#pace.turn(datagram.length, this.#config.backlog() / share);
      await this.#transmit(datagram);
    };
    for (const span of spans) {
      if (span.resource.attributes !== resource) {
        await flush();
        resource = span.resource.attributes;
        room = this.#config.maxPacketBytes - this.#setProcess(resource);
      }
      writeSpan(this.#writer, span);
      const bytes = this.#writer.take();
      if (bytes.length > room) {
        tooLarge++;
        continue;
      }
      if (size + bytes.length > room) await flush();
      batch.push(bytes);
      size += bytes.length;
    }
    await flush();
    return tooLarge;
  }

  /** @returns what a datagram takes beside its spans, in bytes */
  #setProcess(resource: Attributes): number {
    if (resource !== this.#resource) {
      writeProcess(this.#writer, resource);
      this.#process = this.#writer.take();
      this.#resource = resource;
    }
    // The head of the call, of two structs and of a list, and their ends, in either protocol.
    return this.#process.length + 64;
  }

  #datagram(spans: readonly Buffer[]): Buffer {
    const writer = this.#writer;
    writer.oneWay('emitBatch');
    writer.beginStruct();
    writer.struct(1);
    writer.beginStruct();
    writer.struct(1);
    const head = writer.take();
    writer.structs(2, spans.length);
    const list = writer.take();
    writer.endStruct();
    writer.endStruct();
    return Buffer.concat([head, this.#process, list, ...spans, writer.take()]);
  }

  #transmit(datagram: Buffer): Promise<void> {
    const { host, port } = this.#config;
    if (this.#socket === undefined) {
      this.#socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4').unref();
      // What comes of a send is told to its callback.
      this.#socket.on('error', () => undefined);
    }
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      socket.send(datagram, port, host, (error) => (error === null ? resolve() : reject(error)));
    });
  }
}
