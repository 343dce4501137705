import { describe, expect, it } from 'vitest';
import type { Detector } from '../src/detectors/detector.js';
import { FaultSwitch } from '../src/faults.js';

const detector: Detector = {
  name: 'steady',
  version: '1',
  detect: () => [{ category: 'iban', confidence: 0.9, span: { start: 0, end: 1 } }],
};

describe('a fault', () => {
  it('lasts as long as it was asked to, and its start and end stay known', () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const faults = new FaultSwitch(() => now);
    faults.start('latency', 30);
    expect(faults.isActive('latency', 'steady')).toBe(true);
    expect(faults.isActive('error', 'steady')).toBe(false);
    now += 30_000;
    expect(faults.isActive('latency', 'steady')).toBe(false);
    expect(faults.list()).toEqual([
      {
        kind: 'latency',
        detector: null,
        startedAt: '2026-01-01T00:00:00.000Z',
        endsAt: '2026-01-01T00:00:30.000Z',
      },
    ]);
  });

  it('that is stopped ends then, and those that are over stay as they were', () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const faults = new FaultSwitch(() => now);
    const over = faults.start('error', 1);
    faults.start('latency', 30);
    now += 5000;
    const stopped = faults.stop();
    expect(stopped).toMatchObject([{ kind: 'latency', endsAt: '2026-01-01T00:00:05.000Z' }]);
    expect(faults.isActive('latency', 'steady')).toBe(false);
    expect(faults.list()).toEqual([over, ...stopped]);
    expect(faults.stop()).toEqual([]);
  });

  it('of one detector leaves the others alone', async () => {
    const faults = new FaultSwitch();
    faults.start('confidence', 60, 'steady');
    const other = faults.wrap({ ...detector, name: 'other' });
    expect((await other.detect('x'))[0]?.confidence).toBe(0.9);
    expect((await faults.wrap(detector).detect('x'))[0]?.confidence).toBeCloseTo(0.27);
  });

  it('of kind latency really delays the detector', async () => {
    const faults = new FaultSwitch();
    faults.start('latency', 60);
    const start = performance.now();
    await faults.wrap(detector).detect('x');
    expect(performance.now() - start).toBeGreaterThan(500);
  });

  it('of kind error makes calls fail, not all of them', async () => {
    const faults = new FaultSwitch();
    faults.start('error', 60);
    const wrapped = faults.wrap(detector);
    const results = await Promise.allSettled(
      Array.from({ length: 200 }, async () => wrapped.detect('x')),
    );
    const failed = results.filter(({ status }) => status === 'rejected').length;
    expect(failed).toBeGreaterThan(50);
    expect(failed).toBeLessThan(150);
  });

  it('of kind confidence lowers it, and leaves no trace once it is over', async () => {
    let now = 0;
    const faults = new FaultSwitch(() => now);
    const wrapped = faults.wrap(detector);
    faults.start('confidence', 1);
    expect((await wrapped.detect('x'))[0]?.confidence).toBeCloseTo(0.27);
    now = 1000;
    expect((await wrapped.detect('x'))[0]?.confidence).toBe(0.9);
  });
});
