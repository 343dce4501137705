import { describe, expect, it } from 'vitest';

import { Fleet } from '../src/fleet.js';
import { resolveOptions } from '../src/monitor-options.js';
import { MonitoredModel } from '../src/monitored-model.js';
import { DAY_MILLIS } from '../src/season.js';
import { followSeason, SETTLED_MILLIS } from '../src/settling.js';
import { FIRST_ODD } from '../src/series.js';
import type { Learner } from '../src/learner.js';
import { normalService } from './service.js';

const CADENCE = 300_000;

function learnt(): Learner {
  const model = new MonitoredModel('m', new Fleet(resolveOptions({})));
  const next = normalService('spiky', 5);
  for (let window = 0; window < 600; window += 1) model.observe(next(), window * CADENCE, true);
  return model.learner;
}

const counted = ({ tails, fleet }: Learner, look: number, column: number): number =>
  tails.totals[fleet.series.of(look, column, 0)] as number;

describe('followSeason', () => {
  it('begins all tails anew when the first season is seen', () => {
    const learner = learnt();
    expect(counted(learner, 0, 0)).toBeGreaterThan(500);
    learner.normal.state.longestProfile = 1;
    learner.relation.windows = 600;
    followSeason(learner, [0], 0);
    expect(learner.tails.totals.every((total) => total === 0)).toBe(true);
    expect(learner.units.square.every((square) => square === 1)).toBe(true);
    expect(learner.relation.windows).toBe(256);
    expect(learner.state.pooled).toBe(false);
  });

  it('begins those of a metric anew whose week is seen, and how odd all are beside it', () => {
    const learner = learnt();
    const before = counted(learner, 0, 0);
    followSeason(learner, [2], 1);
    expect(counted(learner, 0, 2)).toBe(0);
    expect(counted(learner, 0, 0)).toBe(before);
    expect(counted(learner, FIRST_ODD, 0)).toBe(0);
    expect(learner.drift.state.seen[2]).toBe(0);
    expect(learner.drift.state.seen[0]).toBeGreaterThan(0);
  });

  it('keeps the tails of a metric that changes its profile once all is settled, and touches nothing where none changed', () => {
    const learner = learnt();
    const before = [...learner.tails.totals];
    followSeason(learner, [], 1);
    expect([...learner.tails.totals]).toEqual(before);
    learner.normal.state.lastAt = learner.normal.state.firstAt + SETTLED_MILLIS + DAY_MILLIS;
    followSeason(learner, [2], 1);
    expect([...learner.tails.totals]).toEqual(before);
    expect(learner.drift.state.seen[2]).toBe(0);
  });
});
