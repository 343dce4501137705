import { setTimeout } from 'node:timers/promises';

import { afterEach, describe, expect, it, vi } from 'vitest';

import {
  type AnomalyReport,
  type MonitorDocument,
  type MonitorLease,
  type MonitorStore,
  ModelPerformanceMonitor,
  ReplicatedMonitor,
} from '../src/index.js';
import { normalService, windows } from './service.js';

const durationMillis = 60;

/** A lease that the test hands from one replica to another. */
class Baton {
  holder: string | undefined;
  failing = false;

  lease(name: string): MonitorLease {
    return {
      durationMillis,
      acquire: () => {
        if (this.failing) return Promise.reject(new Error('the lease is away'));
        this.holder ??= name;
        return Promise.resolve(this.holder === name);
      },
      release: () => {
        if (this.holder === name) this.holder = undefined;
        return Promise.resolve();
      },
    };
  }
}

class Memory implements MonitorStore {
  document: MonitorDocument | undefined;
  saves = 0;

  load(): Promise<MonitorDocument | undefined> {
    return Promise.resolve(this.document);
  }

  save(document: MonitorDocument): Promise<void> {
    this.document = document;
    this.saves += 1;
    return Promise.resolve();
  }
}

const started: ReplicatedMonitor[] = [];
afterEach(() => Promise.all(started.splice(0).map((replica) => replica.stop())));

function replica(name: string, baton: Baton, store: MonitorStore) {
  const reports: AnomalyReport[] = [];
  const errors: unknown[] = [];
  const next = normalService('lognormal', 3);
  const monitor = new ReplicatedMonitor({
    store,
    lease: baton.lease(name),
    models: ['mapper'],
    source: () => next(),
    intervalMillis: 5,
    onError: (error) => errors.push(error),
  });
  started.push(monitor);
  monitor.start((report) => reports.push(report));
  return { monitor, reports, errors };
}

const until = (holds: () => boolean) =>
  expect.poll(holds, { timeout: 10_000, interval: 5 }).toBe(true);

describe('a replicated monitor', () => {
  it('reports in one replica only, and goes on in another with what was learnt', async () => {
    const [baton, store] = [new Baton(), new Memory()];
    const first = replica('first', baton, store);
    await until(() => first.monitor.holds);
    const second = replica('second', baton, store);
    await until(() => first.reports.at(-1)?.training.samples === 40);
    expect(second.reports).toEqual([]);
    expect(second.monitor.stats()).toMatchObject({ holds: 0, takeovers: 0, monitor: null });

    await first.monitor.stop();
    await until(() => second.reports.length > 0);
    expect(second.reports[0]!.training.samples).toBeGreaterThanOrEqual(40);
    expect(second.monitor.stats()).toMatchObject({ holds: 1, takeovers: 1 });
    const told = first.reports.length;
    await until(() => second.reports.length > 5);
    expect(first.reports).toHaveLength(told);
  });

  it('steps down when another has the lease, and does not save over what that one saved', async () => {
    const [baton, store] = [new Baton(), new Memory()];
    const first = replica('first', baton, store);
    await until(() => first.reports.length > 3);
    baton.holder = 'second';
    await until(() => first.monitor.stats().losses === 1);
    expect(first.monitor.holds).toBe(false);
    const told = first.reports.length;
    await setTimeout(4 * 5);
    await first.monitor.stop();
    expect(first.reports).toHaveLength(told);
    expect(store.saves).toBe(0);
    expect(baton.holder).toBe('second');
  });

  it('goes on while the lease cannot be asked for, and steps down when it has run out', async () => {
    const [baton, store] = [new Baton(), new Memory()];
    const first = replica('first', baton, store);
    await until(() => first.reports.length > 3);
    baton.failing = true;
    await until(() => first.monitor.stats().leaseFailures > 0);
    await until(() => first.monitor.stats().losses === 1);
    expect(first.errors.map(String)).toContain('Error: the lease is away');
    baton.failing = false;
    await until(() => first.monitor.holds);
    expect(first.monitor.stats().takeovers).toBe(2);
  });

  it('drops what it finds after it was held up for longer than the lease', async () => {
    const [baton, store] = [new Baton(), new Memory()];
    const first = replica('first', baton, store);
    await until(() => first.reports.length > 3);
    const told = first.reports.length;
    // As a process that was stopped: its timers are all late, and its clock went on.
    const now = performance.now.bind(performance);
    const later = vi.spyOn(performance, 'now').mockImplementation(() => now() + 3600_000);
    baton.holder = 'second';
    await until(() => first.monitor.stats().reportsDropped + first.monitor.stats().losses > 0);
    later.mockRestore();
    expect(first.reports).toHaveLength(told);
  });

  it('begins anew when what was saved cannot be used, and says so', async () => {
    const [baton, store] = [new Baton(), new Memory()];
    const other = new ModelPerformanceMonitor({ features: { first_chunk: {} } });
    for (const window of windows(normalService('gamma', 1), 3)) other.observe('mapper', window);
    await store.save(other.toJSON());
    const first = replica('first', baton, store);
    await until(() => first.reports.length > 0);
    expect(first.reports[0]!.training.samples).toBeLessThan(2);
    expect(first.monitor.stats().restoresRefused).toBe(1);
    expect(String(first.errors[0])).toContain('watches');
  });

  it('waits for a store that is away', async () => {
    const baton = new Baton();
    const store = new Memory();
    let away = true;
    const load = (): Promise<MonitorDocument | undefined> =>
      away ? Promise.reject(new Error('the store is away')) : store.load();
    const first = replica('first', baton, { load, save: (document) => store.save(document) });
    await until(() => first.errors.length > 0);
    expect(first.monitor.holds).toBe(false);
    away = false;
    await until(() => first.monitor.holds);
  });

  it('refuses what it cannot work with, and a second start', () => {
    const [lease, store] = [new Baton().lease('a'), new Memory()];
    expect(() => new ReplicatedMonitor({ store } as never)).toThrow('lease');
    expect(() => new ReplicatedMonitor({ lease } as never)).toThrow('store');
    expect(() => new ReplicatedMonitor({ lease, store, minSamples: 1 })).toThrow('minSamples');
    const monitor = new ReplicatedMonitor({ lease, store });
    started.push(monitor);
    monitor.start(() => undefined);
    expect(() => monitor.start(() => undefined)).toThrow('already');
  });
});
