import { describe, expect, it } from 'vitest';

import { countCloseness, countStatistics } from '../src/experience.js';
import { Fleet } from '../src/fleet.js';
import type { Learner } from '../src/learner.js';
import { resolveOptions } from '../src/monitor-options.js';
import { MonitoredModel } from '../src/monitored-model.js';
import { DAY_MILLIS } from '../src/season.js';
import { FIRST_ODD, LOOKS, TREND } from '../src/series.js';
import type { Statistics } from '../src/statistics.js';
import { normalService } from './service.js';

function learnt(windows: number): Learner {
  const model = new MonitoredModel('m', new Fleet(resolveOptions({})));
  const next = normalService('spiky', 5);
  for (let window = 0; window < windows; window += 1) model.observe(next(), window * 300_000, true);
  return model.learner;
}

function statisticsOf(width: number, value: number): Statistics {
  const rows = (count: number): Float64Array[] =>
    Array.from({ length: count }, () => new Float64Array(width).fill(value));
  return { looks: rows(LOOKS.length), weakest: rows(FIRST_ODD), joint: [new Float64Array(width), new Float64Array(width)] }; // prettier-ignore
}

describe('countStatistics', () => {
  it('counts each look at each metric, the slow ones in every third window', () => {
    const learner = learnt(100);
    const { series } = learner.fleet;
    const total = (look: number): number => learner.tails.totals[series.of(look, 0, 0)] as number;
    const before = [total(0), total(TREND)];
    for (let nth = 0; nth < 30; nth += 1) {
      learner.normal.state.windows += 1;
      countStatistics(learner, statisticsOf(series.width, 2));
    }
    expect([total(0) - before[0]!, total(TREND) - before[1]!]).toEqual([30, 10]);
  });

  it('leaves out what could not be measured', () => {
    const learner = learnt(100);
    const before = [...learner.tails.totals];
    countStatistics(learner, statisticsOf(learner.fleet.series.width, Number.NaN));
    expect([...learner.tails.totals]).toEqual(before);
  });

  it('tells the pool what a model that is part of it counts, and nothing of one that is not', () => {
    const learner = learnt(100);
    const { pool, series } = learner.fleet;
    const index = series.of(0, 0, 0);
    learner.leavePool();
    const alone = pool.windows(index);
    countStatistics(learner, statisticsOf(series.width, 2));
    expect(pool.windows(index)).toBe(alone);
    learner.joinPool();
    const joined = pool.windows(index);
    countStatistics(learner, statisticsOf(series.width, 2));
    expect(pool.windows(index)).toBe(joined + 1);
  });
});

describe('countCloseness', () => {
  it('waits until thresholds are settled', () => {
    const learner = learnt(600);
    countCloseness(learner, 0.5);
    expect(learner.state.block.windows).toBe(0);
    const { state } = learner.normal;
    state.lastAt = state.firstAt + 20 * DAY_MILLIS;
    learner.state.caution = 0;
    learner.tails.totals.fill(2000);
    countCloseness(learner, 0.5);
    expect(learner.state.block.windows).toBe(1);
  });
});
