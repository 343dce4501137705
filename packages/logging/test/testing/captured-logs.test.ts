import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../../src/index.js';
import { captureLogs } from '../../src/testing.js';

describe('captureLogs', () => {
  it('keeps the lines of a logger as objects, finds by fields and forgets', () => {
    const logs = captureLogs();
    const logger = createLogger({ destination: logs.destination });
    logger.info('mapped', { controls: 3, model: { name: 'm', version: 2 }, tags: ['a', 'b'] });
    logger.warn('slow', { millis: 812 });
    expect(logs.lines).toHaveLength(2);
    expect(logs.find({ message: 'mapped' })).toMatchObject({ controls: 3 });
    expect(logs.find({ message: /^map/, model: { version: 2 }, tags: ['a', /b/] })).toBe(
      logs.lines[0],
    );
    expect(logs.find({ model: { version: 3 } })).toBeUndefined();
    expect(logs.find({ tags: ['a'] })).toBeUndefined();
    expect(logs.find({ controls: /3/ })).toBeUndefined();
    expect(logs.find({ error: undefined, level: 'warn' })).toBe(logs.lines[1]);
    expect(logs.find({ millis: undefined })).toBe(logs.lines[0]);
    expect(logs.find({ toString: undefined })).toBe(logs.lines[0]);
    expect(logs.filter((line) => Number(line['millis']) > 800)).toEqual([logs.lines[1]]);
    logs.clear();
    expect(logs.lines).toEqual([]);
  });

  it('waits for a line that is still to come, and takes one that is there', async () => {
    const logs = captureLogs();
    const logger = createLogger({ destination: logs.destination });
    const coming = logs.waitFor({ message: 'done', job: 7 });
    logger.info('done', { job: 6 });
    setImmediate(() => logger.info('done', { job: 7 }));
    expect(await coming).toMatchObject({ message: 'done', job: 7 });
    expect(await logs.waitFor({ job: 6 })).toBe(logs.lines[0]);
  });

  it('says what came instead of a line that never comes', async () => {
    const logs = captureLogs();
    createLogger({ destination: logs.destination }).info('other');
    await expect(logs.waitFor({ message: /^done/ }, { timeoutMillis: 20 })).rejects.toThrow(
      /no line of \{"message":"\/\^done\/"\} within 20 ms, but:\n {2}\{.*"message":"other"/,
    );
    await expect(
      captureLogs().waitFor((line) => line['a'] === 1, { timeoutMillis: 1 }),
    ).rejects.toThrow(/=== 1 within 1 ms, but: none$/);
  });

  it('rejects with what a function of the test throws, now or at a later line', async () => {
    const logs = captureLogs();
    const logger = createLogger({ destination: logs.destination });
    const waiting = logs.waitFor((line) => {
      throw new Error(`saw ${String(line['message'])}`);
    });
    expect(() => logger.info('it')).not.toThrow();
    await expect(waiting).rejects.toThrow('saw it');
  });

  it('takes lines for the eyes, and those of pino, in whatever pieces they come', () => {
    const logs = captureLogs();
    createLogger({ destination: logs.destination, format: 'pretty' }).info('text');
    expect(logs.find({ message: /INFO.*text/ })).toBeDefined();
    pino(logs.destination).info({ a: 1 }, 'by pino');
    expect(logs.find({ msg: 'by pino', a: 1 })).toBeDefined();
    logs.clear();
    logs.destination.write('{"message":"to');
    expect(logs.lines).toEqual([]);
    logs.destination.write('gether"}\n{"message":"two"}\n');
    expect(logs.lines).toEqual([{ message: 'together' }, { message: 'two' }]);
  });
});
