import { describe, expect, it } from 'vitest';
import {
  MemoryStore,
  AlertingSystem,
  type Channel,
  type Delivery,
  type NotificationKind,
} from '@llm/alerting';
import { VirtualClock } from '@llm/alerting/testing';
import {
  drawScripts,
  episodesOf,
  expectedOf,
  roundPolicies,
  type AlertScript,
} from '../../src/alerting/alert-script.js';
import { Random } from '../../src/random.js';

/** What a system in memory, to which nothing happens, tells of a script. */
async function toldOf(script: AlertScript) {
  const clock = new VirtualClock();
  const told: { kind: NotificationKind; step: string | null; episode: number }[] = [];
  const channel: Channel = {
    name: 'page',
    send: async ({ notifications }: Delivery) => {
      for (const { kind, step, alert } of notifications) {
        told.push({ kind, step, episode: alert.episode });
      }
    },
  };
  const alerting = new AlertingSystem({
    channels: [channel],
    policies: roundPolicies(['page']),
    store: new MemoryStore({ clock }),
    clock,
  });
  const episodes = episodesOf(script);
  for (const [index, operation] of script.operations.entries()) {
    const { key, labels } = script;
    if (operation === 'raise') await alerting.raise({ key, labels });
    else await alerting[operation](key, { episode: episodes[index]! });
    await clock.advance(1);
  }
  await clock.advance(5000);
  await alerting.stop();
  return told;
}

describe('expectedOf', () => {
  it('says what a system tells to which nothing happens', async () => {
    for (const script of drawScripts(new Random(5), 300)) {
      // An acknowledgement within a millisecond cancels every step by time.
      const expected = expectedOf(script)
        .filter(({ certain }) => certain)
        .map(({ kind, step, episode }) => ({ kind, step, episode }));
      expect(await toldOf(script), JSON.stringify(script)).toEqual(expected);
    }
  });

  it('is uncertain only of steps by time of an alert that is acknowledged', () => {
    const script: AlertScript = {
      key: 'timed-1',
      labels: {},
      operations: ['raise', 'acknowledge'],
    };
    const uncertain = expectedOf(script).filter(({ certain }) => !certain);
    expect(uncertain.map(({ step }) => step)).toEqual(['soon', 'later']);
  });
});

describe('drawScripts', () => {
  it('draws every kind of alert and every operation, the same for the same seed', () => {
    const scripts = drawScripts(new Random(9), 200);
    expect(drawScripts(new Random(9), 200)).toEqual(scripts);
    const kinds = new Set(scripts.map(({ key }) => key.split('-')[0]));
    expect([...kinds].sort()).toEqual(['grouped', 'recurring', 'timed']);
    const operations = new Set(scripts.flatMap((script) => script.operations));
    expect([...operations].sort()).toEqual(['acknowledge', 'raise', 'resolve']);
  });
});
