/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- winston types its transports as interfaces */
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { Agent, createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import winston, { type Logger } from 'winston';
import DailyRotateFile from 'winston-daily-rotate-file';
import LokiTransport from 'winston-loki';
import type Transport from 'winston-transport';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createLogger } from '../../src/index.js';
import { captureLogs } from '../../src/testing.js';

const count = 5000;
const inOrder = [...Array(count).keys()];

/** Lines of plain fields, of arguments, of errors and of children; each with its number. */
function load(logger: Logger, lines = count): void {
  const child = logger.child({ part: 'child' });
  for (let i = 0; i < lines; i++) {
    if (i % 50 === 1) logger.warn('line %d', i, { i, password: 'secret' });
    else if (i % 50 === 2) logger.error('line', new Error('boom'), { i });
    else if (i % 50 === 3) child.info('line', { i, deep: { token: 'secret' } });
    else logger.info('line', { i });
  }
}

/** A receiver of posted bodies on the loopback. */
async function receive(take: (body: string, req: IncomingMessage) => void): Promise<number> {
  const server = createServer((req, res) => {
    let body = '';
    req.on('data', (data: Buffer) => (body += data.toString()));
    req.on('end', () => {
      take(body, req);
      res.statusCode = req.url?.startsWith('/loki') === true ? 204 : 200;
      res.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

describe('every line arrives once and in order', () => {
  it('in the files of winston-daily-rotate-file, which rotate by size under load', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'logging-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const transport = new DailyRotateFile({ dirname: folder, filename: 'app.log', maxSize: '50k' });
    const logs = captureLogs();
    const logger = createLogger({ destination: logs.destination, transports: [transport] });
    load(logger);
    // And lines that come while the files rotate.
    for (let i = count; i < count + 1000; i++) {
      logger.info('line', { i });
      if (i % 100 === 0) await new Promise(setImmediate);
    }
    logger.end();
    // app.log.2026-01-02, and then app.log.2026-01-02.1 and so on.
    const numberOf = (name: string): number => Number(/\.(\d+)$/.exec(name)?.[1] ?? 0);
    const files = (): string[] =>
      readdirSync(folder)
        .filter((name) => name.startsWith('app.log'))
        .sort((a, b) => numberOf(a) - numberOf(b));
    const lines = (): string[] =>
      files().flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n').slice(0, -1));
    // It says `finish` before its files are written.
    await vi.waitFor(() => expect(lines().length).toBeGreaterThanOrEqual(count + 1000), 10_000);
    expect(files().length).toBeGreaterThan(10);
    expect(lines().map((line) => JSON.parse(line) as object)).toEqual(logs.lines);
    expect(logs.lines.map((line) => line['i'])).toEqual([...Array(count + 1000).keys()]);
    expect(lines().join()).not.toContain('secret');
  });

  it('at a transport of winston 2, behind winston-transport’s legacy wrapper', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    onTestFinished(() => void vi.restoreAllMocks());
    const calls: unknown[][] = [];
    class Old extends EventEmitter {
      readonly name = 'old';
      readonly level = 'info';
      log(level: string, message: string, meta: { i: number }, done: () => void): void {
        calls.push([level, message, meta.i, JSON.stringify(meta).includes('secret')]);
        setTimeout(done, 1);
      }
    }
    // winston wraps it, because of the four parameters of its `log`.
    const old = new Old() as unknown as Transport;
    const logger = createLogger({ destination: false, transports: [old], level: 'debug' });
    expect(logger.transports[0]!.constructor.name).toBe('LegacyTransportStream');
    load(logger);
    logger.debug('not at its level');
    await new Promise((resolve) => logger.on('finish', resolve).end());
    expect(calls.map((call) => call[2])).toEqual(inOrder);
    expect(calls.slice(0, 4)).toEqual([
      ['info', 'line', 0, false],
      ['warn', 'line 1', 1, false],
      ['error', 'line', 2, false],
      ['info', 'line', 3, false],
    ]);
  });

  it('at the server of winston.transports.Http, one connection long or in batches', async () => {
    for (const batch of [false, true]) {
      const bodies: string[] = [];
      const port = await receive((body) => bodies.push(body));
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      onTestFinished(() => agent.destroy());
      const transport = new winston.transports.Http({
        ...{ host: '127.0.0.1', port, agent },
        ...{ batch, batchCount: 50, batchInterval: 20 },
      });
      const logger = createLogger({ destination: false, transports: [transport] });
      load(logger, 1000);
      const received = (): { i: number; message: string }[] =>
        bodies.flatMap((body) => JSON.parse(body) as { i: number; message: string });
      await vi.waitFor(() => expect(received()).toHaveLength(1000), { timeout: 20_000 });
      expect(received().map(({ i }) => i)).toEqual(inOrder.slice(0, 1000));
      expect(received()[1]).toMatchObject({ level: 'warn', message: 'line 1' });
      expect(bodies.join()).not.toContain('secret');
      logger.close();
    }
  }, 30_000);

  it('at the server of winston-loki, with the same line as ours', async () => {
    const streams: { stream: Record<string, string>; values: [string, string][] }[] = [];
    const port = await receive((body) => {
      streams.push(...(JSON.parse(body) as { streams: typeof streams }).streams);
    });
    const transport = new LokiTransport({
      host: `http://127.0.0.1:${port}`,
      ...{ json: true, interval: 0.05, labels: { app: 'mapper' }, gracefulShutdown: false },
      // Its own switch for the finished line; the logger's format has made it.
      format: winston.format((info) => info)(),
    });
    const logs = captureLogs();
    const logger = createLogger({ destination: logs.destination, transports: [transport] });
    load(logger);
    await transport.flush();
    const values = streams.flatMap((one) => one.values.map(([, line]) => line));
    await vi.waitFor(() => expect(logs.lines).toHaveLength(count));
    // Loki orders a stream by its labels: one of each level.
    const byLevel = (level: string): string[] =>
      streams
        .filter(({ stream }) => stream['level'] === level)
        .flatMap((one) => one.values.map(([, line]) => line));
    for (const level of ['info', 'warn', 'error']) {
      expect(byLevel(level).map((line) => JSON.parse(line) as object)).toEqual(
        logs.filter({ level }),
      );
    }
    expect(values).toHaveLength(count);
    expect(streams[0]!.stream).toMatchObject({ app: 'mapper' });
    expect(values.join()).not.toContain('secret');
    logger.close();
  }, 30_000);
});
