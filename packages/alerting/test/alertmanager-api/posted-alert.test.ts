import { describe, expect, it } from 'vitest';
import {
  labelSeverity,
  postedAlert,
  type PostedAlert,
} from '../../src/alertmanager-api/posted-alert.js';

const keyOf = (labels: Record<string, string>) => (postedAlert({ labels }) as PostedAlert).key;

describe('a posted alert', () => {
  it('has a key that any label changes, and their order and empty ones do not', () => {
    const labels = { alertname: 'Slow', service: 's', shard: 'a' };
    expect(keyOf(labels)).toMatch(/^Slow#[0-9a-f]{16}$/);
    expect(keyOf({ shard: 'a', none: '', service: 's', alertname: 'Slow' })).toBe(keyOf(labels));
    const others = [
      { ...labels, shard: 'b' },
      { ...labels, more: '1' },
      { alertname: 'Slow', service: 's' },
      { alertname: 'Slow', service: 'sshard', a: '' },
    ].map(keyOf);
    expect(new Set([...others, keyOf(labels)]).size).toBe(5);
    expect(keyOf({ alertname: 'x'.repeat(1000) }).length).toBeLessThanOrEqual(256);
    expect(keyOf({ job: 'j' })).toMatch(/^alert#/);
  });

  it("has the times that it was posted with, of which Go's zero is none", () => {
    const labels = { alertname: 'a' };
    expect(
      postedAlert({
        labels,
        startsAt: '2026-01-01T01:00:00.123456789+01:00',
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: 'http://p.example',
      }),
    ).toMatchObject({
      startsAt: Date.UTC(2026, 0, 1, 0, 0, 0, 123),
      endsAt: null,
      generatorUrl: 'http://p.example',
      annotations: {},
    });
  });

  it.each([
    [null, 'must be an object'],
    [{}, 'labels must be texts by name'],
    [{ labels: {} }, 'at least one label'],
    [{ labels: { a: '' } }, 'at least one label'],
    [{ labels: { a: 1 } }, 'labels must be texts'],
    [{ labels: { 'a-b': 'c' } }, '"a-b" is no name of a label'],
    [{ labels: { a: 'b' }, annotations: [] }, 'annotations must be texts'],
    [{ labels: { a: 'b' }, startsAt: 'yesterday' }, 'RFC 3339'],
    [{ labels: { a: 'b' }, endsAt: 1 }, 'RFC 3339'],
    [
      { labels: { a: 'b' }, startsAt: '2026-01-02T00:00:00Z', endsAt: '2026-01-01T00:00:00Z' },
      'start time must be before end time',
    ],
  ])('that cannot be one says why: %j', (value, problem) => {
    expect(postedAlert(value)).toContain(problem);
  });

  it('is as severe as its label says', () => {
    const of = (severity?: string) => labelSeverity(severity === undefined ? {} : { severity });
    expect(
      ['page', 'Critical', 'error', 'high', 'warning', 'info', 'none', 'odd', undefined].map(of),
    ).toEqual(['critical', 'critical', 'high', 'high', 'medium', 'low', 'low', 'medium', 'medium']);
  });
});
