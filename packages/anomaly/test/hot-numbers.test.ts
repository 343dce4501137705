import { describe, expect, it } from 'vitest';

import { Fleet } from '../src/fleet.js';
import { gatherHotNumbers } from '../src/hot-numbers.js';
import { resolveOptions } from '../src/monitor-options.js';
import { MonitoredModel } from '../src/monitored-model.js';
import { readModel, writeModel } from '../src/saved-model.js';
import { normalService } from './service.js';

function learnt(windows: number): MonitoredModel {
  const model = new MonitoredModel('m', new Fleet(resolveOptions({})));
  const next = normalService('spiky', 5);
  for (let window = 0; window < windows; window += 1) model.observe(next(), window * 300_000, true);
  return model;
}

describe('gatherHotNumbers', () => {
  it('puts the numbers of a learnt model in one place, of which all of them are views', () => {
    const { learner } = learnt(200);
    const { normal, relation, drift, tails, units, thresholds, hot } = learner;
    const views = [normal.state.level, normal.noise.state.square, drift.state.mean, relation.factor, tails.totals, units.square, thresholds]; // prettier-ignore
    expect(hot.length).toBeGreaterThan(0);
    for (const { buffer } of views) expect(buffer).toBe(hot.buffer);
    hot[0] = 42;
    expect(normal.state.level[0]).toBe(42);
  });

  it('keeps them there while the model learns on, and when its thresholds are made anew', () => {
    const model = learnt(520);
    const { hot, thresholds } = model.learner;
    const before = thresholds.slice();
    const next = normalService('spiky', 6);
    for (let window = 520; window < 700; window += 1) model.observe(next(), window * 300_000, true);
    expect(model.learner.hot).toBe(hot);
    expect(model.learner.thresholds).toBe(thresholds);
    expect(thresholds).not.toEqual(before);
    expect(model.learner.relation.factor.buffer).toBe(hot.buffer);
  });

  it('changes none of them, and does so for a model that was restored', () => {
    const model = learnt(300);
    const before = writeModel(model);
    gatherHotNumbers(model.learner);
    expect(writeModel(model)).toBe(before);
    const restored = readModel(before, new Fleet(resolveOptions({})));
    expect(restored.learner.thresholds.buffer).toBe(restored.learner.hot.buffer);
    expect(writeModel(restored)).toBe(before);
  });
});
