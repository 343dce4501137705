import { describe, expect, it } from 'vitest';

import { Fleet } from '../src/fleet.js';
import { resolveOptions } from '../src/monitor-options.js';
import { MonitoredModel } from '../src/monitored-model.js';
import { prefetch } from '../src/prefetch.js';
import { writeModel } from '../src/saved-model.js';
import { normalService } from './service.js';

describe('prefetch', () => {
  it('reads at any time, of a model that was learnt and of one that was not, and changes nothing', () => {
    const model = new MonitoredModel('m', new Fleet(resolveOptions({})));
    const next = normalService('spiky', 5);
    const times = [Number.NaN, Infinity, 0, -1, 3.6e6 * 167.99, 8.64e15];
    for (let window = 0; window < 120; window += 1) {
      if (window === 0 || window === 119) {
        const before = writeModel(model);
        for (const at of times) expect(prefetch(model, at)).toBeTypeOf('number');
        expect(writeModel(model)).toBe(before);
      }
      model.observe(next(), window * 300_000, true);
    }
  });
});
