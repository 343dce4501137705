import { describe, expect, it } from 'vitest';

import type { Incident } from '../src/incident.js';
import { type EndedIncident, recurs } from '../src/recurring-incidents.js';

const HOUR = 3_600_000;
const incident = (lead: number, sign = 1): Incident => ({ lead, sign, isOdd: false }) as Incident;

describe('recurs', () => {
  it('tells the fourth incident of one kind within two days, and what came before', () => {
    const ended: EndedIncident[] = [];
    const told = [0, 10, 20, 30, 40].map((hour) => recurs(ended, incident(2), hour * HOUR));
    expect(told).toEqual([false, false, false, true, true]);
  });

  it('forgets what is older, and keeps metrics and sides apart', () => {
    const ended: EndedIncident[] = [];
    for (const hour of [0, 1, 2]) recurs(ended, incident(2), hour * HOUR);
    expect(recurs(ended, incident(3), 3 * HOUR)).toBe(false);
    expect(recurs(ended, incident(2, -1), 4 * HOUR)).toBe(false);
    expect(recurs(ended, incident(2), 51 * HOUR)).toBe(false);
    expect(ended.map(({ at }) => at / HOUR)).toEqual([3, 4, 51]);
  });

  it('remembers twenty at most', () => {
    const ended: EndedIncident[] = [];
    for (let minute = 0; minute < 50; minute += 1) recurs(ended, incident(minute), minute * 60_000);
    expect(ended).toHaveLength(20);
    expect(ended.at(-1)!.at).toBe(49 * 60_000);
  });
});
