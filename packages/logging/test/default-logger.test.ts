import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { collector } from './collector.js';
import { llmContext } from '../src/context.js';

// Each test gets a process default of its own.
async function fresh() {
  vi.resetModules();
  return import('../src/index.js');
}
beforeEach(() => vi.stubEnv('LOG_LEVEL', ''));
afterEach(() => vi.unstubAllEnvs());

describe('configureLogging', () => {
  it('sets the logger that logWithCorrelation uses', async () => {
    const { configureLogging, logWithCorrelation } = await fresh();
    const out = collector();
    const logger = configureLogging({ destination: out.stream, level: 'debug' });
    llmContext.run({ correlationId: 'c', tenantId: 't' }, () => {
      logWithCorrelation('mapped', { controls: 3 });
      logWithCorrelation('slow', { ms: 5 }, 'warn');
    });
    logWithCorrelation('plain');
    logWithCorrelation('odd', {}, 'nonsense');
    logger.debug('own');
    expect(out.lines()).toMatchObject([
      { level: 'info', message: 'mapped', controls: 3, correlation_id: 'c', tenant_id: 't' },
      { level: 'warn', message: 'slow', ms: 5, correlation_id: 'c' },
      { level: 'info', message: 'plain' },
      { level: 'info', message: 'odd', 'fields.level': 'nonsense' },
      { level: 'debug', message: 'own' },
    ]);
    expect(out.lines()[2]).not.toHaveProperty('correlation_id');
  });

  it('called again replaces everything, for children made before as well, and lets the old go', async () => {
    const { configureLogging, getLogger, logWithCorrelation, stats } = await fresh();
    const listeners = process.listenerCount('exit');
    const first = collector();
    const second = collector();
    const logger = configureLogging({
      destination: first.stream,
      service: 'one',
      fields: { a: 1 },
      levels: { info: 0, odd: 1 },
      level: 'odd',
    });
    const child = getLogger('db').child({ part: 'pool' });
    child.info('to the first');
    expect(configureLogging({ destination: second.stream, service: 'two' })).toBe(logger);
    child.info('to the second');
    logWithCorrelation('to the second');
    expect(first.lines()).toMatchObject([{ service: 'one', logger: 'db', a: 1, part: 'pool' }]);
    expect(second.lines()).toMatchObject([
      { service: 'two', logger: 'db', part: 'pool' },
      { logger: 'root' },
    ]);
    expect(second.lines()[0]).not.toHaveProperty('a');
    // winston keeps the method of a level that is gone; its lines are not lost.
    (logger as unknown as { odd: (message: string) => void }).odd('of a level that is gone');
    expect(second.lines()[2]).toMatchObject({ level: 'info', 'fields.level': 'odd' });
    await new Promise(setImmediate);
    expect(stats()).toMatchObject({ written: 3, dropped: 0 });
    expect(first.stream.listenerCount('drain')).toBe(0);
    logger.close();
    expect(process.listenerCount('exit')).toBe(listeners);
  });

  it('that throws leaves the default logger as it was', async () => {
    const { configureLogging, logWithCorrelation } = await fresh();
    const out = collector();
    configureLogging({ destination: out.stream });
    expect(() => configureLogging({ level: 'loud' })).toThrow(/"loud"/);
    logWithCorrelation('still here');
    expect(out.lines()).toHaveLength(1);
  });

  it('makes a new logger where the old one was ended', async () => {
    const { configureLogging, logWithCorrelation } = await fresh();
    const first = collector();
    const second = collector();
    const logger = configureLogging({ destination: first.stream });
    await new Promise((resolve) => logger.on('finish', resolve).end());
    expect(configureLogging({ destination: second.stream })).not.toBe(logger);
    logWithCorrelation('text');
    expect(second.lines()).toHaveLength(1);
  });
});
