import { describe, expect, it } from 'vitest';

import { Findings } from '../src/findings.js';

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 0, 5);

describe('Findings', () => {
  it('gives an incident a finding of its own, named after its model and time', () => {
    const findings = new Findings();
    const { id } = findings.join('mapper', 'error_rate+', NOW, MINUTE, 10);
    expect(id).toBe('mapper@2026-01-05T00:00:00.000Z');
    expect(findings.describe(id, NOW)).toEqual({ id, since: '2026-01-05T00:00:00.000Z', models: 1 }); // prettier-ignore
    expect(findings.count).toBe(1);
  });

  it('puts models that move by the same metric to the same side within three windows together', () => {
    const findings = new Findings();
    const first = findings.join('a', 'error_rate+', NOW, MINUTE, 10);
    expect(findings.join('b', 'error_rate+', NOW + 3 * MINUTE, MINUTE, 10).id).toBe(first.id);
    // What counts is when the last one joined.
    expect(findings.join('c', 'error_rate+', NOW + 6 * MINUTE, MINUTE, 10).id).toBe(first.id);
    expect(findings.describe(first.id, NOW).models).toBe(3);
    expect(findings.count).toBe(1);
  });

  it('keeps apart what is later, another metric, or the other side', () => {
    const findings = new Findings();
    findings.join('a', 'error_rate+', NOW, MINUTE, 10);
    findings.join('b', 'error_rate-', NOW, MINUTE, 10);
    findings.join('c', 'throughput+', NOW, MINUTE, 10);
    findings.join('d', 'error_rate+', NOW + 4 * MINUTE, MINUTE, 10);
    expect(findings.count).toBe(4);
  });

  it('adds whatever moves beside many models to their finding', () => {
    const findings = new Findings();
    for (const model of ['a', 'b', 'c'])
      findings.join(model, 'inference_latency+', NOW, MINUTE, 100);
    findings.join('d', 'throughput-', NOW + MINUTE, MINUTE, 100);
    expect(findings.count).toBe(1);
    expect(findings.open[0]?.models).toBe(4);
  });

  it('asks for more models to be many where there are more in all', () => {
    const findings = new Findings();
    for (const model of ['a', 'b', 'c']) findings.join(model, 'inference_latency+', NOW, MINUTE, 5000); // prettier-ignore
    findings.join('d', 'throughput-', NOW, MINUTE, 5000);
    expect(findings.count).toBe(2);
  });

  it('remembers two hundred, and takes a forgotten one for that of one model', () => {
    const findings = new Findings();
    const first = findings.join('a', 'error_rate+', NOW, MINUTE, 10);
    findings.join('b', 'error_rate+', NOW, MINUTE, 10);
    for (let index = 1; index <= 200; index += 1)
      findings.join('a', 'error_rate+', NOW + index * 60 * MINUTE, MINUTE, 10);
    expect(findings.open).toHaveLength(200);
    expect(findings.count).toBe(201);
    expect(findings.describe(first.id, NOW).models).toBe(1);
  });
});
