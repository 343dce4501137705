import { expect, it } from 'vitest';
import { judgeIncident, type SeenIncident } from '../../src/reference/incident-verdict.js';

const key = 'model_anomaly_jailbreak';
const entry = (event: string, at: number, of = key) => ({ key: of, event, at });

/** As it should be; latest first, as the service tells it. */
const held: SeenIncident = {
  key,
  faultStartedAt: 10_000,
  faultEndedAt: 30_000,
  windowsToAnomaly: 1,
  active: [],
  history: [
    entry('resolved', 47_000),
    entry('delivered', 13_100),
    entry('acknowledged', 13_050),
    entry('escalated', 13_000),
    entry('delivered', 11_100),
    entry('firing', 11_000),
  ],
};
const failed = (changed: Partial<SeenIncident>): string[] =>
  judgeIncident({ ...held, ...changed })
    .filter(({ holds }) => !holds)
    .map(({ claim }) => claim);

it('lets a story pass that has each part once and in order', () => {
  expect(failed({})).toEqual([]);
});

it('sees an anomaly that comes late', () => {
  expect(failed({ windowsToAnomaly: 3 })).toEqual(['an anomaly within two windows of the fault']);
});

it('sees a part that is missing, comes twice, or comes out of order', () => {
  const claim = 'firing, escalated, acknowledged, resolved, each once and in this order';
  const { history } = held;
  expect(failed({ history: history.filter(({ event }) => event !== 'escalated') })).toEqual([
    claim,
  ]);
  expect(failed({ history: [...history, entry('firing', 10_500)] })).toEqual([claim]);
  expect(failed({ history: [...history].reverse() })).toEqual([claim]);
});

it('sees another alert, one before the fault, and one that stays', () => {
  const { history } = held;
  const other = 'no other alert, and none before the fault';
  const later = 'everything resolves after the fault';
  expect(failed({ history: [entry('firing', 12_000, 'model_anomaly_pii'), ...history] })).toEqual([
    other,
  ]);
  expect(failed({ history: [...history, entry('delivered', 9000)] })).toEqual([other]);
  expect(failed({ active: [{ key, status: 'firing' }] })).toEqual([later]);
  expect(failed({ faultEndedAt: 50_000 })).toEqual([later]);
});
