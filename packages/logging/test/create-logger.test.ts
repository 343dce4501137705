/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- winston types its transports as interfaces */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import winston from 'winston';
import Transport from 'winston-transport';
import { describe, expect, it, vi } from 'vitest';
import { createLogger, stats } from '../src/index.js';
import { collector } from './collector.js';

describe('createLogger', () => {
  it('returns a winston logger whose whole interface works', async () => {
    const out = collector();
    const logger = createLogger({ destination: out.stream, level: 'silly' });
    expect(logger).toBeInstanceOf(winston.Logger);
    expect(logger.transports).toHaveLength(1);
    for (const level of ['error', 'warn', 'info', 'http', 'verbose', 'debug', 'silly'] as const) {
      expect(logger[level]('text')).toBe(logger);
      expect(out.lines().at(-1)).toMatchObject({ level, message: 'text' });
      logger.log(level, 'by log', { a: 1 });
      expect(out.lines().at(-1)).toMatchObject({ level, message: 'by log', a: 1 });
    }
    expect(logger.isDebugEnabled()).toBe(true);
    logger.profile('work');
    logger.profile('work', { level: 'debug', step: 1 });
    expect(out.lines().at(-1)).toMatchObject({ level: 'debug', message: 'work', step: 1 });
    expect(typeof out.lines().at(-1)!['durationMs']).toBe('number');
    logger.startTimer().done({ message: 'timed' });
    expect(out.lines().at(-1)).toMatchObject({ level: 'info', message: 'timed' });
    logger.log({ level: 'warn', message: 'object form %s', [Symbol.for('splat')]: ['x'], b: 2 });
    expect(out.lines().at(-1)).toMatchObject({ level: 'warn', message: 'object form x', b: 2 });
    const { info } = logger;
    info('detached');
    expect(out.lines().at(-1)).toMatchObject({ message: 'detached' });
    await new Promise<void>((resolve) =>
      logger.write({ level: 'info', message: 'w' }, () => resolve()),
    );
    expect(out.lines().at(-1)).toMatchObject({ message: 'w' });
  });

  it('writes at its level and above, and follows changes of it', () => {
    const out = collector();
    const logger = createLogger({ destination: out.stream, level: 'warn' });
    logger.info('no');
    logger.error('yes');
    logger.level = 'debug';
    logger.debug('yes');
    logger.silent = true;
    logger.error('no');
    expect(out.lines().map((line) => line['message'])).toEqual(['yes', 'yes']);
  });

  it('takes levels of one’s own', () => {
    const out = collector();
    const logger = createLogger({
      destination: out.stream,
      levels: { fatal: 0, warning: 1, trace: 2 },
      level: 'trace',
    });
    (logger as unknown as { fatal: (message: string) => void }).fatal('text');
    logger.log('trace', 'text');
    expect(out.lines().map((line) => line['level'])).toEqual(['fatal', 'trace']);
  });

  it('makes children whose bindings stand between the defaults and the call’s fields', () => {
    const out = collector();
    const logger = createLogger({
      destination: out.stream,
      fields: { a: 'default', b: 'default', c: 'default' },
    });
    const child = logger.child({ b: 'child', c: 'child', d: 'child' });
    child.child({ d: 'grandchild', e: 1 }).info('text', { c: 'call' });
    expect(child).toBeInstanceOf(winston.Logger);
    expect(out.lines()[0]).toMatchObject({
      a: 'default',
      b: 'child',
      c: 'call',
      d: 'grandchild',
      e: 1,
    });
    logger.info('text');
    expect(out.lines()[1]).toMatchObject({ a: 'default', b: 'default', c: 'default' });
    expect(out.lines()[1]).not.toHaveProperty('d');
  });

  it('gives winston’s own transports the same lines, and their levels hold', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'logging-'));
    const out = collector();
    const other = collector();
    const path = join(folder, 'winston.log');
    const file = new winston.transports.File({ filename: path });
    const console_ = new winston.transports.Console({ level: 'error' });
    const spy = vi
      .spyOn(
        (globalThis.console as unknown as { _stdout: { write: () => boolean } })._stdout,
        'write',
      )
      .mockReturnValue(true);
    const logger = createLogger({
      destination: out.stream,
      level: 'info',
      format: 'pretty',
      transports: [new winston.transports.Stream({ stream: other.stream, level: 'debug' }), file],
    });
    logger.add(console_);
    for (let i = 0; i < 50; i++) logger.info('line %d', i, { password: 'secret', i });
    logger.debug('only for one');
    logger.error(new Error('boom'));
    await new Promise((resolve) => {
      file.on('finish', resolve);
      logger.end();
    });
    const consoleLines = spy.mock.calls.map((call) => String((call as unknown[])[0]));
    spy.mockRestore();
    const inFile = readFileSync(path, 'utf8').trimEnd().split('\n');
    rmSync(folder, { recursive: true });
    expect(other.lines()).toHaveLength(52);
    expect(inFile).toHaveLength(51);
    expect(other.raw().filter((line) => !line.includes('only for one'))).toEqual(inFile);
    expect(consoleLines).toEqual([`${inFile.at(-1)!}\n`]);
    expect(inFile.join()).not.toContain('secret');
    expect(out.raw().length).toBeGreaterThan(51);
  });

  it('gives transports that read the properties the same masked values', async () => {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (data: Buffer) => (body += data.toString()));
      request.on('end', () => {
        bodies.push(body);
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const infos: Record<string, unknown>[] = [];
    const custom = new Transport({
      log: (info: Record<string, unknown>, next) => {
        infos.push(info);
        next();
      },
    });
    const http = new winston.transports.Http({
      host: '127.0.0.1',
      port: (server.address() as AddressInfo).port,
    });
    const out = collector();
    const logger = createLogger({ destination: out.stream, transports: [custom, http] });
    logger.info(
      'to %s',
      'all',
      { token: 'secret', deep: { big: 5n } },
      { extra: new Map([['cookie', 'secret']]) },
    );
    await vi.waitFor(() => expect(bodies).toHaveLength(1));
    server.close();
    server.closeAllConnections();
    const expected = out.lines()[0]!;
    expect(expected).toMatchObject({ message: 'to all', token: '[redacted]', deep: { big: '5' } });
    expect({ ...infos[0] }).toMatchObject(expected);
    expect(JSON.stringify(infos[0])).not.toContain('secret');
    expect(bodies[0]).toContain('[redacted]');
    expect(bodies[0]).not.toContain('secret');
  });

  it('steps aside for a format of the user’s own', () => {
    const out = collector();
    const logger = createLogger({ destination: out.stream, fields: { region: 'eu' } });
    const { combine, errors, printf, splat } = winston.format;
    logger.format = combine(
      errors({ stack: true }),
      splat(),
      printf(
        (info) =>
          `${info.level}|${String(info.message)}|${String(info['region'])}|${typeof info['stack']}`,
      ),
    );
    logger.info('hello %s', 'you');
    logger.error(new Error('boom'));
    expect(out.raw()).toEqual(['info|hello you|eu|undefined', 'error|boom|eu|string']);
  });

  it('writes to other transports only, where it is to have no destination of its own', () => {
    const other = collector();
    const logger = createLogger({ destination: false });
    logger.info('nowhere');
    logger.add(new winston.transports.Stream({ stream: other.stream }));
    logger.info('somewhere');
    expect(other.lines().map((line) => line['message'])).toEqual(['somewhere']);
    expect(stats(logger).dropped).toBe(1);
  });

  it('counts what is logged after close, without a word on the console', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    const out = collector();
    const logger = createLogger({ destination: out.stream });
    logger.info('one');
    logger.close();
    logger.info('two', { password: 'secret' });
    await new Promise(setImmediate);
    expect(stats(logger)).toEqual({
      written: 1,
      dropped: 1,
      failed: 0,
      folded: 0,
      missed: 0,
      lastError: undefined,
    });
    expect(stats(logger.child({}))).toEqual(stats(logger));
    expect(error).not.toHaveBeenCalled();
    error.mockRestore();
  });

  it('leaves nothing behind on the process, however many loggers come and go', () => {
    const before = process.listenerCount('exit');
    for (let i = 0; i < 50; i++) createLogger({ destination: collector().stream }).close();
    expect(process.listenerCount('exit')).toBe(before);
  });
});
