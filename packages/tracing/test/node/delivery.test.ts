import { createServer, type Server } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';
import { ExportResultCode } from '@opentelemetry/core';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { afterEach, describe, expect, it } from 'vitest';
import {
  setupTracing,
  type DroppedSpans,
  type ExporterOptions,
  type Tracing,
} from '../../src/node.js';
import { eventually } from '../eventually.js';
import { startOtlpReceiver } from '../../src/testing.js';

let tracing: Tracing;
const servers: Server[] = [];
afterEach(async () => {
  await tracing.shutdown();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

function spans(count: number): void {
  for (let i = 0; i < count; i++) tracing.tracer.startSpan(`span ${i}`).end();
}

/** A server that accepts everything and answers nothing. */
async function hangingServer(sockets: Set<Socket>): Promise<string> {
  const server = createServer(() => {});
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/traces`;
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const service = { serviceName: 's', instrumentations: [] as const };

describe('a destination that is dead', () => {
  it.each<[string, (port: number) => ExporterOptions]>([
    [
      'a collector that refuses',
      (port: number) => ({ type: 'jaeger-http', url: `http://127.0.0.1:${port}/` }),
    ],
    [
      'an OTLP receiver that refuses',
      (port: number) => ({ type: 'otlp', url: `http://127.0.0.1:${port}/` }),
    ],
    [
      'an agent whose name does not resolve',
      () => ({ type: 'jaeger', host: 'jaeger-agent.invalid' }),
    ],
  ])('never reaches the host: %s', async (_, exporter) => {
    const drops: DroppedSpans[] = [];
    tracing = setupTracing({
      ...service,
      exporter: exporter(await closedPort()),
      exportTimeoutMillis: 400,
      onDrop: (drop) => {
        drops.push(drop);
        throw new Error('a hook that fails');
      },
    });
    spans(10);
    await expect(tracing.forceFlush()).resolves.toBeUndefined();
    await eventually(() => tracing.stats().failed === 10, 'ten failed');
    spans(5);
    await expect(tracing.shutdown()).resolves.toBeUndefined();
    const { exported, failed, dropped, queued, exporters } = tracing.stats();
    expect({ exported, lost: failed + dropped, queued }).toEqual({
      exported: 0,
      lost: 15,
      queued: 0,
    });
    expect(exporters[0]?.lastError).toMatch(/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|timed out|no answer/);
    expect(drops.reduce((total, { count }) => total + count, 0)).toBe(15);
    expect(drops[0]).toMatchObject({ reason: 'export_failed', error: expect.any(Error) as Error });
  });

  it('gets its connections closed when it hangs, and holds no more than the queue', async () => {
    const sockets = new Set<Socket>();
    tracing = setupTracing({
      ...service,
      exporter: { type: 'jaeger-http', url: await hangingServer(sockets) },
      exportTimeoutMillis: 50,
      maxQueueSize: 100,
      maxExportBatchSize: 10,
    });
    spans(1000);
    expect(tracing.stats()).toMatchObject({ queued: 100, dropped: 900 });
    await eventually(() => tracing.stats().failed === 100, 'all batches given up');
    await eventually(() => sockets.size <= 1, 'connections closed');
    expect(tracing.stats().exporters[0]?.lastError).toBe('no answer within 50 ms');
    expect(tracing.stats().queued).toBe(0);
  });

  it('does not hold the shutdown beyond its deadline', async () => {
    const sockets = new Set<Socket>();
    tracing = setupTracing({
      ...service,
      exporter: { type: 'otlp', url: await hangingServer(sockets) },
      exportTimeoutMillis: 2000,
      shutdownTimeoutMillis: 100,
    });
    spans(2000);
    const start = performance.now();
    await tracing.shutdown();
    expect(performance.now() - start).toBeLessThan(1000);
    expect(tracing.stats()).toMatchObject({ exported: 0, queued: 0, dropped: 2000, failed: 0 });
    spans(3);
    expect(tracing.stats()).toMatchObject({ queued: 0, exported: 0 });
    await expect(tracing.shutdown()).resolves.toBeUndefined();
  });

  it('counts what an exporter that throws, or answers twice, makes of it', async () => {
    let calls = 0;
    const exporter: SpanExporter = {
      export: (_spans, done) => {
        if (calls++ === 0) throw new Error('thrown');
        done({ code: ExportResultCode.SUCCESS });
        done({ code: ExportResultCode.FAILED, error: new Error('second answer') });
      },
      shutdown: () => Promise.reject(new Error('no shutdown')),
    };
    tracing = setupTracing({ ...service, exporter, maxExportBatchSize: 5 });
    spans(10);
    await tracing.forceFlush();
    expect(tracing.stats()).toMatchObject({ exported: 5, failed: 5, dropped: 0, queued: 0 });
    await expect(tracing.shutdown()).resolves.toBeUndefined();
  });
});

describe('a destination that lives', () => {
  it('gets a burst of 10 000 spans in one tick whole, with the default settings', async () => {
    const receiver = await startOtlpReceiver();
    tracing = setupTracing({ ...service, exporter: { type: 'otlp', url: receiver.url } });
    spans(10_000);
    await tracing.shutdown();
    expect(receiver.spans).toHaveLength(10_000);
    expect(tracing.stats()).toMatchObject({ exported: 10_000, dropped: 0, failed: 0, queued: 0 });
    await receiver.close();
  }, 20_000);

  it('makes no spans of the requests that carry spans', async () => {
    const receiver = await startOtlpReceiver();
    tracing = setupTracing({
      serviceName: 's',
      exporter: { type: 'otlp', url: receiver.url },
      instrumentations: ['http', 'fetch'],
      maxExportBatchSize: 2,
    });
    spans(9);
    await tracing.forceFlush();
    await tracing.forceFlush();
    // The receiver, in this process, has server spans, whose export makes more of them, without end.
    await tracing.shutdown();
    const clients = receiver.spans.filter((span) => span.kind === 3);
    expect(clients).toEqual([]);
    expect(receiver.spans.filter((span) => span.name.startsWith('span '))).toHaveLength(9);
    await receiver.close();
  });
});

it('a second set-up is refused while the first one runs, and possible after it', async () => {
  const options = { ...service, exporter: 'otlp' as const };
  tracing = setupTracing(options);
  expect(() => setupTracing(options)).toThrow('tracing is set up in this process already');
  await tracing.shutdown();
  tracing = setupTracing(options);
  expect(tracing.tracer.startSpan('again').isRecording()).toBe(true);
});
