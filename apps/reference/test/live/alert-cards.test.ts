import {
  AlertingSystem,
  loadEscalationPolicies,
  type Channel,
  type HistoryEntry,
} from '@llm/alerting';
import { expect, it, onTestFinished } from 'vitest';
import { alertCards } from '../../src/live/alert-cards.js';

const silent: Channel = { name: 'silent', send: async () => undefined };

async function startAlerting() {
  const alerting = new AlertingSystem({
    channels: [silent],
    policies: loadEscalationPolicies(
      { policies: [{ name: 'all', match: { key: '*' }, channels: ['silent'], steps: [] }] },
      { channels: ['silent'] },
    ),
  });
  onTestFinished(() => alerting.stop());
  const all = async () => {
    const histories = await Promise.all(
      ['a', 'b'].map(async (key) =>
        (await alerting.history(key)).items.map((entry) => ({ key, ...entry })),
      ),
    );
    return {
      active: (await alerting.active()).items,
      silences: await alerting.silences(),
      history: histories.flat().sort((one, other) => other.at - one.at),
    };
  };
  return { alerting, all };
}

/** Without the deliveries, which go on beside the changes. */
const events = (timeline: readonly HistoryEntry[]) =>
  timeline.map(({ event }) => event).filter((event) => event !== 'delivered');

it('shows open alerts with what happened to them, then those that are over', async () => {
  const { alerting, all } = await startAlerting();
  await alerting.raise({ key: 'a', type: 'test', severity: 'medium' });
  await alerting.resolve('a', { by: 'jane' });
  await alerting.raise({ key: 'b', type: 'test', severity: 'high' });
  await alerting.raise({ key: 'b', type: 'test', severity: 'high' });
  await alerting.acknowledge('b', { by: 'jane' });
  const cards = alertCards(await all());
  expect(cards).toMatchObject([
    { key: 'b', status: 'acknowledged', severity: 'high', alert: { occurrences: 2 } },
    { key: 'a', status: 'resolved', severity: 'medium', alert: undefined },
  ]);
  expect(cards.map(({ timeline }) => events(timeline))).toEqual([
    ['acknowledged', 'firing'],
    ['resolved', 'firing'],
  ]);
});

it('keeps the latest of a long timeline', async () => {
  const { alerting, all } = await startAlerting();
  for (let n = 0; n < 20; n += 1) {
    await alerting.raise({ key: 'a', type: 'test', severity: 'medium' });
    await alerting.resolve('a', { by: 'jane' });
  }
  const [card] = alertCards(await all());
  expect(card?.timeline).toHaveLength(40);
  expect(events(card?.timeline ?? [])[0]).toBe('resolved');
  expect(card?.timeline[0]).toMatchObject({ episode: 20 });
});
