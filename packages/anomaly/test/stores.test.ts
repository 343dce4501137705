import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Pool } from 'pg';
import { startPostgres } from 'test-services';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  fileStore,
  ModelPerformanceMonitor,
  type MonitorStore,
  postgresStore,
} from '../src/index.js';
import { normalService, windows } from './service.js';

const directory = mkdtempSync(join(tmpdir(), 'anomaly-store-'));
const path = join(directory, 'monitor.jsonl');
let pool: Pool;

beforeAll(async () => {
  pool = new Pool({ connectionString: (await startPostgres()).url });
  pool.on('error', () => undefined);
}, 60_000);

afterAll(async () => {
  await pool.end();
  rmSync(directory, { recursive: true, force: true });
});

const kinds: [string, () => MonitorStore][] = [
  ['a file', () => fileStore(path)],
  ['Postgres', () => postgresStore({ db: pool, monitor: 'test' })],
];

describe.each(kinds)('a monitor saved to %s', (_, open) => {
  const clock = { now: () => 0 };

  it('goes on after a restart in mid-stream as if it had not stopped', async () => {
    const next = normalService('bursty', 9);
    const stream = windows(next, 400);
    const straight = new ModelPerformanceMonitor({ clock });
    let restarted = await ModelPerformanceMonitor.restore({ store: open(), clock });
    expect(restarted.models()).toEqual([]);
    for (const [index, window] of stream.entries()) {
      const faulty = index % 90 > 80 ? { ...window, error_rate: 0.5 } : window;
      const at = index * 300_000;
      for (const name of ['a', 'b "x"']) {
        expect(restarted.observe(name, faulty, at)).toEqual(straight.observe(name, faulty, at));
      }
      if (index % 40 !== 5) continue;
      await restarted.save();
      restarted = await ModelPerformanceMonitor.restore({ store: open(), clock });
    }
    expect(straight.stats().reports.anomaly_detected).toBeGreaterThan(0);
  });

  it('loses the models that were forgotten', async () => {
    const monitor = await ModelPerformanceMonitor.restore({ store: open(), clock });
    expect(monitor.forget('a')).toBe(true);
    await monitor.save();
    expect(monitor.stats().saves).toBe(1);
    const again = await ModelPerformanceMonitor.restore({ store: open(), clock });
    expect(again.models()).toEqual(['b "x"']);
  });
});

describe('a file', () => {
  it('holds the old monitor until the new one is whole, and nothing is left beside it', async () => {
    const monitor = await ModelPerformanceMonitor.restore({ store: fileStore(path) });
    await monitor.save();
    expect(readdirSync(directory)).toEqual(['monitor.jsonl']);
    await expect(fileStore(join(directory, 'none', 'x')).save(monitor.toJSON())).rejects.toThrow(
      'ENOENT',
    );
  });

  it('that is damaged is refused by name', async () => {
    const damaged = join(directory, 'damaged.jsonl');
    writeFileSync(damaged, '{"format":"something else"}\n');
    const restore = () => ModelPerformanceMonitor.restore({ store: fileStore(damaged) });
    await expect(restore()).rejects.toThrow('has the format');
  });
});

describe('a store that fails', () => {
  it('is counted and told when the monitor saves by itself, and breaks nothing', async () => {
    const errors: unknown[] = [];
    const monitor = new ModelPerformanceMonitor({
      store: { load: async () => undefined, save: () => Promise.reject(new Error('disk full')) },
      source: () => ({}),
      models: ['m'],
      intervalMillis: 5,
      saveIntervalMillis: 1,
      onError: (error) => errors.push(error),
    });
    monitor.start(() => undefined);
    await expect.poll(() => monitor.stats().saveFailures, { timeout: 10_000 }).toBeGreaterThan(0);
    await monitor.stop();
    expect(String(errors[0])).toContain('disk full');
    await expect(monitor.save()).rejects.toThrow('disk full');
  });

  it('must be one', async () => {
    expect(() => new ModelPerformanceMonitor({ store: {} as MonitorStore })).toThrow('store.load');
    await expect(ModelPerformanceMonitor.restore({})).rejects.toThrow('options.store');
    await expect(new ModelPerformanceMonitor().save()).rejects.toThrow('options.store');
    expect(() => fileStore('')).toThrow('path');
    expect(() => postgresStore({ db: pool, monitor: '' })).toThrow('monitor');
    expect(() => postgresStore({ db: pool, monitor: 'm', table: 'a; b' })).toThrow('plain name');
  });
});
