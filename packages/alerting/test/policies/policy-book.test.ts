import { describe, expect, it } from 'vitest';
import { PolicyBook } from '../../src/policies/policy-book.js';
import type { PolicySubject } from '../../src/policies/policy-match.js';
import type { EscalationPolicy, EscalationStep } from '../../src/index.js';

const recurrence = { count: 3, within: '1h', of: 'report' } as const;
const channels = ['a', 'b'];

function book(...policies: EscalationPolicy[]): PolicyBook {
  return new PolicyBook({ policies }, channels, recurrence);
}

function subject(changes: Partial<PolicySubject> = {}): PolicySubject {
  return { key: 'k', type: 'alert', severity: 'medium', labels: {}, ...changes };
}

function counting(count: number, within: string): EscalationStep {
  return { recurrence: { count, within }, channels: ['a'] };
}

describe('the policy that governs an alert', () => {
  it('is the first that matches, and the default one when none does', () => {
    const policies = book(
      { name: 'model', match: { key: 'model_*_prod' } },
      { name: 'bad', match: { severity: ['high', 'critical'], labels: { team: '*' } } },
      { name: 'typed', match: { type: 'disk' } },
    );
    const governs = (changes: Partial<PolicySubject>) =>
      policies.planFor(subject(changes)).plan.policy;
    expect(governs({ key: 'model_x_prod', severity: 'high' })).toBe('model');
    expect(governs({ key: 'model_prod' })).toBe('default');
    expect(governs({ key: 'model_x_prod_2' })).toBe('default');
    expect(governs({ severity: 'critical' })).toBe('bad');
    expect(governs({ type: 'disk' })).toBe('typed');
    expect(governs({})).toBe('default');
  });

  it('by default tells every channel and escalates to critical when the alert recurs', () => {
    const { plan } = new PolicyBook(undefined, channels, recurrence).planFor(subject());
    expect(plan).toMatchObject({
      policy: 'default',
      channels,
      recurrence: [{ level: 2, severity: 'critical', channels, count: 3, windowMillis: 3_600_000 }],
      keepOccurrences: 3,
      keepWindowMillis: 3_600_000,
      minClearMillis: 300_000,
      flapping: null,
      expireAfterMillis: 86_400_000,
    });
  });

  it('goes on with the timed steps of its sequel, counted from its own last', () => {
    const { plan } = book(
      {
        name: 'first',
        steps: [
          { after: '15m', channels: ['a'] },
          { recurrence: { count: 9, within: '2h' }, channels: ['a'] },
        ],
        continueWith: 'second',
      },
      {
        name: 'second',
        steps: [
          { after: '1h', channels: ['b'] },
          { recurrence: { count: 50, within: '9h' }, channels: ['b'] },
        ],
        continueWith: 'third',
      },
      { name: 'third', steps: [{ after: '1h', channels: ['a'] }] },
    ).planFor(subject());
    expect(plan.timed.map(({ level, afterMillis }) => [level, afterMillis / 60_000])).toEqual([
      [2, 15],
      [4, 75],
      [5, 135],
    ]);
    expect(plan.recurrence.map(({ level, severity }) => [level, severity])).toEqual([
      [3, 'critical'],
    ]);
  });

  it('compiles what flapping means', () => {
    const flapping = { episodes: 4, within: '1h', minClear: '30m' };
    expect(book({ name: 'f', flapping }).planFor(subject()).plan.flapping).toEqual({
      count: 4,
      windowMillis: 3_600_000,
      minClearMillis: 1_800_000,
    });
  });

  it('keeps as many occurrences as any policy counts, since an alert may come under another', () => {
    const policies = book(
      { name: 'bad', match: { severity: ['high'] }, steps: [counting(9, '2h')] },
      { name: 'rest', steps: [counting(4, '3h')] },
    );
    for (const severity of ['high', 'low'] as const) {
      expect(policies.planFor(subject({ severity })).plan).toMatchObject({
        keepOccurrences: 9,
        keepWindowMillis: 10_800_000,
      });
    }
  });

  it('groups by the values of its labels', () => {
    const policies = book({ name: 'g', groupBy: ['service', 'type'] });
    const group = (changes: Partial<PolicySubject>) => policies.planFor(subject(changes)).group;
    expect(group({ labels: { service: 's' } })).toBe(group({ labels: { service: 's' }, key: 'x' }));
    expect(group({ labels: { service: 's' } })).not.toBe(group({ type: 's' }));
    expect(book({ name: 'g' }).planFor(subject()).group).toBeNull();
  });
});
