import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { IsolationForest } from '../src/index.js';

const rows = Array.from({ length: 60 }, (_, i) => [i % 7, (i * i) % 11, Math.sin(i)]);
const fitted = () => new IsolationForest({ nEstimators: 10, randomState: 5 }).fit(rows);
const saved = () => JSON.parse(JSON.stringify(fitted())) as Record<string, unknown>;

describe('a saved isolation forest', () => {
  it('scores bit for bit like the one saved', () => {
    const loaded = IsolationForest.fromJSON(saved());
    fc.assert(
      fc.property(
        fc.tuple(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), fc.integer(), fc.integer()),
        (row) => {
          expect(loaded.scoreSample(row)).toBe(fitted().scoreSample(row));
        },
      ),
      { numRuns: 20 },
    );
    expect(loaded.toJSON()).toEqual(fitted().toJSON());
  });

  it('is read from a database that gives keys back in another order', () => {
    const document = saved();
    const reordered = Object.fromEntries(
      Object.entries(document.fitted as Record<string, unknown>).reverse(),
    );
    const loaded = IsolationForest.fromJSON({ ...document, fitted: reordered });
    expect(loaded.scoreSample([1, 2, 3])).toBe(fitted().scoreSample([1, 2, 3]));
  });

  it('keeps the offset of its contamination', () => {
    const forest = new IsolationForest({ contamination: 0.1, randomState: 1 }).fit(rows);
    const loaded = IsolationForest.fromJSON(JSON.parse(JSON.stringify(forest)));
    expect(loaded.predict(rows)).toEqual(forest.predict(rows));
  });

  it('is refused when it is something else, of another version, or damaged', () => {
    const document = saved();
    const body = document.fitted as Record<string, unknown>;
    expect(() => IsolationForest.fromJSON(null)).toThrow('has the format');
    expect(() => IsolationForest.fromJSON({ a: 1 })).toThrow('has the format');
    expect(() => IsolationForest.fromJSON({ ...document, version: 9 })).toThrow('version 9');
    expect(() => IsolationForest.fromJSON({ ...document, fitted: { ...body, offset: -0.1 } })).toThrow('checksum'); // prettier-ignore
    expect(() => IsolationForest.fromJSON({ ...document, fitted: undefined })).toThrow('checksum');
    expect(() => IsolationForest.fromJSON({ ...document, nEstimators: 11 })).toThrow('contradicts');
  });
});
