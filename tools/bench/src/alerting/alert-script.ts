import type { EscalationPolicies, NotificationKind } from '@llm/alerting';
import type { Random } from '../random.js';

/** What is done to an alert, one after the other. */
export type Operation = 'raise' | 'acknowledge' | 'resolve';

/** An alert, and what is done to it in a round. */
export interface AlertScript {
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly operations: readonly Operation[];
}

/** One thing that every channel must be told, once. */
export interface Expected {
  readonly key: string;
  readonly episode: number;
  readonly kind: NotificationKind;
  readonly step: string | null;
  /** False where time decides: a step by time of an alert that was acknowledged. */
  readonly certain: boolean;
}

/** The policies of a round: escalation by recurrence, alone and in groups, and by time. */
export function roundPolicies(channels: readonly string[]): EscalationPolicies {
  const third = { name: 'third', recurrence: { count: 3, within: '1h' }, channels };
  return {
    policies: [
      {
        name: 'timed',
        match: { key: 'timed-*' },
        channels,
        steps: timedSteps.map(({ name, after }) => ({ name, after, channels })),
      },
      {
        name: 'grouped',
        match: { key: 'grouped-*' },
        channels,
        steps: [third],
        groupBy: ['team'],
        groupWait: 60,
      },
      { name: 'recurring', match: { key: 'recurring-*' }, channels, steps: [third] },
    ],
  };
}

const timedSteps = [
  { name: 'soon', after: 250 },
  { name: 'later', after: 500 },
] as const;

/** Draws the alerts of a round. */
export function drawScripts(random: Random, count: number): readonly AlertScript[] {
  return Array.from({ length: count }, (_, n) => {
    const kind = random.pick(['recurring', 'recurring', 'grouped', 'timed'] as const);
    const labels = { team: random.pick(['red', 'blue']) };
    const key = `${kind}-${n}`;
    if (kind === 'timed') {
      return { key, labels, operations: random.chance(0.5) ? ['raise', 'acknowledge'] : ['raise'] };
    }
    const operations: Operation[] = ['raise'];
    for (let more = random.whole(0, 6); more > 0; more -= 1) {
      operations.push(random.pick(['raise', 'raise', 'raise', 'acknowledge', 'resolve']));
    }
    return { key, labels, operations };
  });
}

/** The episode that is open, or was the last, before each operation and after all of them. */
export function episodesOf({ operations }: AlertScript): readonly number[] {
  let episode = 0;
  let resolved = true;
  const episodes = operations.map((operation) => {
    const before = episode;
    if (operation === 'raise' && resolved) episode += 1;
    resolved = operation === 'resolve' || (resolved && operation !== 'raise');
    return before;
  });
  return [...episodes, episode];
}

/** What every channel must be told of this alert when all that is done to it has happened. */
export function expectedOf(script: AlertScript): readonly Expected[] {
  const { key, operations } = script;
  const expected: Expected[] = [];
  let status: 'firing' | 'acknowledged' | 'resolved' = 'resolved';
  let episode = 0;
  let occurrences = 0;
  let reached = false;
  const tell = (kind: NotificationKind, step: string | null = null, certain = true): void => {
    expected.push({ key, episode, kind, step, certain });
  };
  const isTimed = key.startsWith('timed-');
  for (const operation of operations) {
    if (operation === 'raise') {
      const opens = status === 'resolved';
      occurrences += 1;
      if (opens) {
        status = 'firing';
        episode += 1;
        reached = false;
      }
      if (status !== 'firing') continue;
      // A raise that opens and escalates tells of the escalation only.
      const escalates = !isTimed && !reached && occurrences >= 3;
      if (escalates) {
        reached = true;
        tell('escalated', 'third');
      } else if (opens) tell('initial');
    } else if (operation === 'acknowledge') {
      if (status !== 'firing') continue;
      status = 'acknowledged';
      tell('acknowledged');
    } else if (status !== 'resolved') {
      status = 'resolved';
      tell('resolved');
    }
  }
  if (isTimed) {
    for (const { name } of timedSteps) tell('escalated', name, status === 'firing');
  }
  return expected;
}
