import fc from 'fast-check';
import { severities, type EscalationPolicy, type EscalationStep } from '../../src/index.js';

/** Every wait and every duration is a number of these, so that the bounds of windows and timers are met exactly. */
export const unit = 600_000;

/** The channels that policies name. */
export const channelNames = ['a', 'b', 'c'] as const;

/** Something that somebody does. */
export type Deed =
  | {
      readonly deed: 'raise' | 'report';
      readonly alert: number;
      readonly severity: (typeof severities)[number];
      /** How many at once, at different replicas. */
      readonly times: number;
      /** Whether they tell of the same occurrence: only the first counts. Of a `raise` only. */
      readonly same: boolean;
    }
  | { readonly deed: 'normal' | 'acknowledge' | 'resolve' | 'escalate'; readonly alert: number }
  | {
      readonly deed: 'silence';
      readonly alert: number;
      /** By the alert's label, by its key, or by its key until it is resolved. */
      readonly by: 'label' | 'key' | 'episode';
      /** How many units; it ends half a unit later, when nothing else happens. */
      readonly units: number;
    }
  | { readonly deed: 'unsilence'; readonly which: number }
  /** A replica's clock is set. */
  | { readonly deed: 'jump'; readonly replica: number; readonly seconds: number };

/** What is done, after how many units, at which replica. */
export interface Chapter {
  readonly wait: number;
  readonly replica: number;
  readonly what: Deed;
}

/** Policies, and what happens to two alerts under them. */
export interface Story {
  readonly policies: readonly EscalationPolicy[];
  readonly chapters: readonly Chapter[];
}

const units = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min, max }).map((count) => count * unit);

const someChannels = fc.subarray([...channelNames], { minLength: 1 });

const repeating = fc.option(
  fc.record(
    { repeatEvery: units(1, 4), maxRepeats: fc.integer({ min: 0, max: 3 }) },
    { requiredKeys: ['repeatEvery'] },
  ),
  { nil: {} },
);

const consequence = fc
  .tuple(
    fc.record(
      {
        channels: someChannels,
        severity: fc.constantFrom(...severities),
        type: fc.constant('worse'),
      },
      { requiredKeys: ['channels'] },
    ),
    repeating,
  )
  .map(([step, repeat]) => ({ ...step, ...repeat }));

const byRecurrence: fc.Arbitrary<EscalationStep[]> = fc
  .array(fc.tuple(consequence, fc.integer({ min: 1, max: 2 }), units(2, 9)), { maxLength: 2 })
  .map((steps) => {
    let count = 1;
    return steps.map(([step, more, within]) => {
      count += more;
      return { ...step, recurrence: { count, within } };
    });
  });

const byTime = (minLength: number): fc.Arbitrary<EscalationStep[]> =>
  fc.array(fc.tuple(consequence, units(1, 5)), { minLength, maxLength: 3 }).map((steps) => {
    let after = 0;
    return steps.map(([step, later]) => ({ ...step, after: (after += later) }));
  });

const manners = fc.record(
  {
    occurrence: fc.constantFrom('report' as const, 'episode' as const),
    minClear: units(0, 3),
    notifyAcknowledged: fc.boolean(),
    notifyResolved: fc.boolean(),
  },
  { requiredKeys: [] },
);

const expireAfter = fc.option(units(3, 20), { nil: false as const });

const flapping = fc.option(
  fc.record({
    episodes: fc.integer({ min: 2, max: 4 }),
    within: units(3, 20),
    minClear: units(1, 6),
  }),
  { nil: undefined },
);

const policy = (name: string, minTimed: number): fc.Arbitrary<EscalationPolicy> =>
  fc
    .tuple(
      fc.subarray([...channelNames]),
      repeating,
      manners,
      expireAfter,
      byRecurrence,
      byTime(minTimed),
      fc.boolean(),
    )
    .map(([channels, repeat, rest, expiry, recurring, timed, timeFirst]) => ({
      name,
      channels,
      ...(channels.length === 0 ? {} : repeat),
      ...rest,
      expireAfter: expiry,
      steps: timeFirst ? [...timed, ...recurring] : [...recurring, ...timed],
    }));

/** One policy for what is bad, one for the rest or for a part of it, and one that both may continue with. */
const policies: fc.Arbitrary<readonly EscalationPolicy[]> = fc
  .tuple(
    policy('bad', 0),
    policy('rest', 0),
    policy('sequel', 1),
    fc.boolean(),
    fc.boolean(),
    flapping,
  )
  .map(([bad, rest, sequel, badContinues, restContinues, flaps]) =>
    [
      {
        ...bad,
        match: { severity: ['high' as const, 'critical' as const] },
        ...(badContinues ? { continueWith: 'sequel' } : {}),
      },
      {
        ...rest,
        match: { severity: ['medium' as const] },
        ...(restContinues ? { continueWith: 'sequel' } : {}),
      },
      sequel,
    ].map((one) => (flaps === undefined ? one : { ...one, flapping: flaps })),
  );

const alert = fc.constantFrom(0, 0, 0, 1);

const raising: fc.Arbitrary<Deed> = fc.record({
  deed: fc.constantFrom('raise' as const, 'report' as const),
  alert,
  severity: fc.constantFrom(...severities),
  times: fc.constantFrom(1, 1, 1, 2, 3),
  same: fc.boolean(),
});

const acts = ['normal', 'normal', 'acknowledge', 'resolve', 'escalate'] as const;
const acting: fc.Arbitrary<Deed> = fc.record({ deed: fc.constantFrom(...acts), alert });

const quieting: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({
    deed: fc.constant('silence' as const),
    alert,
    by: fc.constantFrom('label' as const, 'key' as const, 'episode' as const),
    units: fc.integer({ min: 0, max: 12 }),
  }),
  fc.record({ deed: fc.constant('unsilence' as const), which: fc.nat(5) }),
);

const jumping: fc.Arbitrary<Deed> = fc.record({
  deed: fc.constant('jump' as const),
  replica: fc.nat(2),
  seconds: fc.integer({ min: -8, max: 8 }),
});

/** Stories of at most so many chapters. */
export function stories(maxChapters: number): fc.Arbitrary<Story> {
  const chapter = fc.record({
    wait: fc.oneof(
      { weight: 2, arbitrary: fc.constant(0) },
      { weight: 4, arbitrary: fc.integer({ min: 1, max: 4 }) },
      { weight: 1, arbitrary: fc.integer({ min: 5, max: 12 }) },
    ),
    replica: fc.nat(2),
    what: fc.oneof(
      { weight: 8, arbitrary: raising },
      { weight: 5, arbitrary: acting },
      { weight: 3, arbitrary: quieting },
      { weight: 1, arbitrary: jumping },
    ),
  });
  return fc.record({
    policies,
    chapters: fc.array(chapter, { minLength: 3, maxLength: maxChapters, size: 'max' }),
  });
}
