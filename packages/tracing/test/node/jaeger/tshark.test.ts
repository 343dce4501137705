import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { requireProgram } from 'test-services';
import { expect, it } from 'vitest';
import { JaegerAgentExporter } from '../../../src/node/jaeger/jaeger-agent-exporter.js';

const run = promisify(execFile);

/** A datagram as a capture file of raw IP packets, which tshark reads without any privilege. */
function capture(payload: Buffer): Buffer {
  const file = Buffer.alloc(24 + 16 + 28);
  file.writeUInt32LE(0xa1b2c3d4, 0);
  file.writeUInt16LE(2, 4);
  file.writeUInt16LE(4, 6);
  file.writeUInt32LE(65_535, 16);
  file.writeUInt32LE(101, 20);
  file.writeUInt32LE(28 + payload.length, 32);
  file.writeUInt32LE(28 + payload.length, 36);
  file[40] = 0x45;
  file.writeUInt16BE(28 + payload.length, 42);
  file[48] = 64;
  file[49] = 17;
  file.set([127, 0, 0, 1, 127, 0, 0, 1], 52);
  file.writeUInt16BE(50_000, 60);
  file.writeUInt16BE(6831, 62);
  file.writeUInt16BE(8 + payload.length, 64);
  return Buffer.concat([file, payload]);
}

// Another implementation of Thrift than ours and than thriftrw: the protocol analyser of Wireshark.
it.each([
  ['compact', 'Compact Protocol (0x82)'],
  ['binary', 'Strict Binary Protocol (0x80)'],
] as const)(
  'tshark reads the %s protocol, value by value',
  async (protocol, named) => {
    const tshark = await requireProgram({
      names: ['tshark'],
      debianPackage: 'tshark',
      homebrewFormula: 'wireshark',
    });
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const message = once(socket, 'message');
    const memory = new InMemorySpanExporter();
    const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(memory)] });
    const attributes = {
      small: -7,
      large: 2 ** 40 + 1,
      ratio: 0.625,
      flag: true,
      text: 'x'.repeat(300),
    };
    const span = provider.getTracer('t').startSpan('lookup', { attributes });
    span.end();
    const { port } = socket.address();
    const exporter = new JaegerAgentExporter({
      host: '127.0.0.1',
      port,
      protocol,
      maxPacketBytes: 65_000,
      backlog: () => 0,
    });
    await new Promise((resolve) => exporter.export(memory.getFinishedSpans(), resolve));
    const [payload] = (await message) as [Buffer];
    socket.close();
    await exporter.shutdown();

    const folder = mkdtempSync(join(tmpdir(), 'tshark-'));
    const file = join(folder, 'jaeger.pcap');
    writeFileSync(file, capture(payload));
    const args = ['-r', file, '-d', 'udp.port==6831,thrift', '-V'];
    const { stdout } = await run(tshark, args, { maxBuffer: 16 << 20 });
    rmSync(folder, { recursive: true });
    expect(stdout).toContain(named);
    expect(stdout).toContain('Method: emitBatch');
    expect(stdout).not.toMatch(/malformed|exception occurred/i);
    const { traceId, spanId } = span.spanContext();
    const signed = (hex: string): string => BigInt.asIntN(64, BigInt(`0x${hex}`)).toString();
    for (const id of [traceId.slice(0, 16), traceId.slice(16), spanId]) {
      expect(stdout).toContain(`Integer64: ${signed(id)}`);
    }
    for (const text of ['lookup', 'small', 'large', 'ratio', 'flag']) {
      expect(stdout).toContain(`String: ${text}`);
    }
    expect(stdout).toContain('Integer64: -7');
    expect(stdout).toContain(`Integer64: ${2 ** 40 + 1}`);
    expect(stdout).toContain('Double: 0.625');
  },
  120_000,
);
