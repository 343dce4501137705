import { expect } from 'vitest';
import {
  AlertingSystem,
  type AlertStore,
  type Channel,
  type Clock,
  type Delivery,
  type HistoryEntry,
} from '../../src/index.js';
import { VirtualClock } from '../../src/testing.js';
import { AlertOracle, type Quiet, type Told } from './alert-oracle.js';
import { channelNames, unit, type Deed, type Story } from './story.js';

/** Where a story is told for real. */
export interface Stage {
  readonly clock: VirtualClock;
  /** What each replica has of the store. */
  readonly stores: readonly AlertStore[];
  /** The store's time now. */
  readonly storeBegunAt: number;
  /** How far apart two chapters are at least, milliseconds: 0 where the store's clock is the simulated one. */
  readonly apartMillis: number;
}

/** A replica's own clock: as wrong as it likes. */
class SkewedClock implements Clock {
  skewMillis: number;
  readonly #true: VirtualClock;

  constructor(clock: VirtualClock, skewMillis: number) {
    this.#true = clock;
    this.skewMillis = skewMillis;
  }

  now(): number {
    return this.#true.now() + this.skewMillis;
  }

  schedule(callback: () => void, delayMillis: number): () => void {
    return this.#true.schedule(callback, delayMillis);
  }
}

const half = unit / 2;
const firstPage = { limit: 1000, page: null };
const keys = ['model_anomaly_m0', 'model_anomaly_m1'];
const labelsOf = (index: number): Record<string, string> => ({
  model: `m${index}`,
  team: `t${index}`,
});

/** Tells a story to real systems and to the oracle, and compares them at every turn. */
export async function tell({ policies, chapters }: Story, stage: Stage): Promise<void> {
  const { clock, stores, apartMillis, storeBegunAt } = stage;
  const begun = clock.now();
  const heard: { readonly at: number; readonly delivery: Delivery }[] = [];
  const skews = [0, 3000, -5000];
  const clocks = stores.map(
    (_, index) => new SkewedClock(clock, apartMillis > 0 ? skews[index]! : 0),
  );
  const errors: Error[] = [];
  const systems = stores.map((store, index) => {
    const channels: Channel[] = channelNames.map((name) => ({
      name,
      send: async (delivery) => void heard.push({ at: clock.now(), delivery }),
    }));
    const system = new AlertingSystem({
      channels,
      policies: { policies },
      store,
      clock: clocks[index]!,
      pollIntervalMillis: 60_000,
      onError: (error) => errors.push(error),
    });
    system.start();
    return system;
  });
  const quiets: Quiet[] = [];
  const silenceIds: string[] = [];
  const oracles = keys.map((key) => new AlertOracle(key, policies, quiets));
  const step = apartMillis === 0 ? half : apartMillis;
  let now = 0;
  let told = '';
  /** When an occurrence that has an id was last told of, by key. */
  const raisedAt = new Map<string, number>();

  /** Lets time pass for both. */
  const wait = async (until: number): Promise<void> => {
    await clock.advance(begun + until - clock.now());
    while (now < until) {
      now += step;
      for (const oracle of oracles) oracle.tick(now);
    }
  };

  const compare = async (settled: boolean): Promise<void> => {
    for (const [index, oracle] of oracles.entries()) {
      const system = systems[(index + chapters.length) % systems.length]!;
      await compareState(system, oracle, { begun: storeBegunAt, now, apartMillis, told });
      if (settled) await compareTold(system, oracle, { begun, heard, told });
    }
    expect(errors, told).toEqual([]);
  };

  /** The answers of one deed, as the systems and as the oracle give them. */
  const perform = async (what: Deed, replica: number): Promise<[unknown, unknown]> => {
    const system = systems[replica % systems.length]!;
    if (what.deed === 'jump') {
      const skewed = clocks[what.replica % clocks.length]!;
      if (apartMillis > 0) skewed.skewMillis += what.seconds * 1000;
      return [null, null];
    }
    if (what.deed === 'unsilence') {
      const which = silenceIds.length === 0 ? -1 : what.which % silenceIds.length;
      const quiet = quiets[which];
      if (quiet === undefined) return [null, null];
      const { removed: before, until, episode, covers } = quiet;
      const ended = until === null ? episode !== covers.episode : until <= now;
      quiet.removed = true;
      for (const oracle of oracles) oracle.look(now);
      const removed = await system.unsilence(silenceIds[which]!);
      // One that has ended may have been forgotten already.
      return before || ended ? [null, null] : [removed, true];
    }
    const oracle = oracles[what.alert]!;
    const key = keys[what.alert]!;
    const labels = labelsOf(what.alert);
    switch (what.deed) {
      case 'raise':
      case 'report': {
        const same = what.deed === 'raise' && what.same;
        const all = await Promise.all(
          Array.from({ length: what.times }, async (_, index) => {
            const at = systems[(replica + index) % systems.length]!;
            const { opened, escalated } = await raise(at, what, same ? `at ${now}` : undefined);
            return { opened, escalated };
          }),
        );
        const type = what.deed === 'raise' ? 'alert' : 'model_anomaly';
        const escalatedType = what.deed === 'raise' ? null : 'model_performance_degradation';
        const nothing = { opened: false, escalated: false };
        const expected = all.map((_, index) =>
          same && (index > 0 || raisedAt.get(key) === now)
            ? nothing
            : oracle.raise(now, what.severity, type, escalatedType),
        );
        if (same) raisedAt.set(key, now);
        const count = (results: { opened: boolean; escalated: boolean }[]) => [
          results.filter(({ opened }) => opened).length,
          results.filter(({ escalated }) => escalated).length,
        ];
        return [count(all), count(expected)];
      }
      case 'normal': {
        const modelName = `m${what.alert}`;
        const { action } = await system.processAnomalyAlert({
          modelName,
          status: 'normal',
          labels,
        });
        return [action, oracle.clear(now)];
      }
      case 'acknowledge':
        return [
          (await system.acknowledge(key, { by: 'ann' })) !== null,
          oracle.acknowledge(now, 'ann'),
        ];
      case 'resolve':
        return [(await system.resolve(key)) !== null, oracle.resolve(now)];
      case 'escalate':
        return [(await system.escalateAlert(key)) !== null, oracle.escalate(now)];
      case 'silence': {
        if (what.by === 'episode' && oracle.status === 'resolved') return [null, null];
        const durationMillis = what.units * unit + half;
        const subject =
          what.by === 'label'
            ? { matchers: [{ label: 'team', value: labels['team']! }] }
            : { alert: key };
        const length = what.by === 'episode' ? {} : { durationMillis };
        silenceIds.push((await system.silence({ ...subject, ...length })).id);
        quiets.push({
          from: now,
          until: what.by === 'episode' ? null : now + durationMillis,
          covers: oracle,
          episode: what.by === 'episode' ? oracle.episode : null,
          removed: false,
        });
        return [null, null];
      }
    }
  };

  try {
    let units = 0;
    for (const [index, { wait: waits, replica, what }] of chapters.entries()) {
      // A silence is removed, as it ends, between the times at which everything else happens.
      const between = what.deed === 'unsilence';
      units += waits;
      let at = units * unit + (between ? half : 0) + (index + 1) * apartMillis;
      if (at < now) {
        units += 1;
        at += unit;
      }
      // Looked at when nothing has happened for minutes: what is held back is looked at every minute.
      const quiet = between ? at : at - half;
      if (quiet - now >= half) {
        await wait(quiet);
        await compare(true);
      }
      await wait(at);
      await compare(false);
      told += `\n${(now / unit).toFixed(3)} at ${replica}: ${JSON.stringify(what)}`;
      const [real, expected] = await perform(what, replica);
      expect(real, told).toEqual(expected);
      await clock.advance(0);
      await compare(false);
    }
    for (let last = 1; last <= 3; last += 1) {
      await wait((units + 4 * last) * unit + chapters.length * apartMillis + half);
      await compare(true);
    }
  } finally {
    await Promise.all(systems.map((system) => system.stop(0)));
  }
}

type Raising = Extract<Deed, { readonly deed: 'raise' | 'report' }>;

function raise(
  system: AlertingSystem,
  { deed, alert, severity }: Raising,
  occurrenceId: string | undefined,
) {
  const labels = labelsOf(alert);
  if (deed === 'raise') {
    const id = occurrenceId === undefined ? {} : { occurrenceId };
    return system.raise({ key: keys[alert]!, labels, severity, ...id });
  }
  const anomalies = [{ metric: 'error_rate', severity }];
  return system
    .processAnomalyAlert({ modelName: `m${alert}`, status: 'anomaly_detected', anomalies, labels })
    .then((result) => result as Extract<typeof result, { action: 'raised' }>);
}

async function compareState(
  system: AlertingSystem,
  oracle: AlertOracle,
  at: { begun: number; now: number; apartMillis: number; told: string },
): Promise<void> {
  const { begun, now, apartMillis, told } = at;
  const explained = await system.explain(oracle.name);
  if (oracle.episode === 0) {
    expect(explained, told).toBeNull();
    return;
  }
  const { alert, nextReminderAt, clearAt, expiresAt, steps } = explained!;
  /** Times to the half of what chapters are apart: the store's clock is read a little later. */
  const relative = (time: number | null): number | null =>
    time === null ? null : Math.round((time - begun) / (apartMillis || 1));
  const exactly = (time: number | null): number | null =>
    time === null ? null : Math.round(time / (apartMillis || 1));
  const open = oracle.status === 'firing';
  const { expireAfter = 86_400_000 } = oracle.policy;
  const recurring = await system.isRecurringAlert(oracle.name);
  expect(
    {
      status: alert.status,
      severity: alert.severity,
      level: alert.escalationLevel,
      type: alert.type,
      episode: alert.episode,
      occurrences: alert.occurrences,
      policy: alert.policy,
      acknowledgedBy: alert.acknowledgedBy,
      recurring,
      nextReminderAt: relative(nextReminderAt),
      clearAt: relative(clearAt),
      expiresAt: relative(expiresAt),
      steps: steps
        .map(({ name, level, state, dueAt }) => ({ name, level, state, dueAt: relative(dueAt) }))
        .sort((a, b) => a.name.localeCompare(b.name)),
    },
    told,
  ).toEqual({
    status: oracle.status,
    severity: oracle.severity,
    level: oracle.level,
    type: oracle.type,
    episode: oracle.episode,
    occurrences: oracle.occurrences,
    policy: oracle.policy.name,
    acknowledgedBy: oracle.acknowledgedBy,
    recurring: oracle.occurredWithin(3_600_000, now) >= 3,
    nextReminderAt: exactly(oracle.reminding?.next ?? null),
    clearAt: exactly(oracle.clearAt),
    expiresAt: exactly(
      oracle.status === 'resolved' || expireAfter === false
        ? null
        : oracle.lastHeard + Number(expireAfter),
    ),
    steps: oracle
      .steps()
      .map(({ name, level, after }) => {
        const done = oracle.done.has(name);
        const dueAt = open && !done && after !== null ? oracle.governsSince + after : null;
        const state = done ? 'done' : open ? 'waiting' : 'cancelled';
        return { name, level, state, dueAt: exactly(dueAt) };
      })
      .sort((a, b) => a.name.localeCompare(b.name)),
  });
}

async function compareTold(
  system: AlertingSystem,
  oracle: AlertOracle,
  at: {
    begun: number;
    heard: readonly { readonly at: number; readonly delivery: Delivery }[];
    told: string;
  },
): Promise<void> {
  const { begun, heard, told } = at;
  const seen = new Map<string, readonly unknown[]>();
  for (const { at: sentAt, delivery } of heard) {
    for (const { kind, step, cause, alert } of delivery.notifications) {
      if (alert.key !== oracle.name) continue;
      // To the half unit: what was held back is sent within a minute.
      const when = Math.floor((sentAt - begun) / half);
      const what = [when, delivery.channel, kind, alert.episode, alert.escalationLevel];
      const line = [...what, alert.severity, alert.type, step, cause.kind];
      expect(seen.get(delivery.id) ?? line, `${told}\nsent twice`).toEqual(line);
      seen.set(delivery.id, line);
    }
  }
  const expected = oracle.told.map((one: Told) => [
    Math.floor(one.at / half),
    ...[one.channel, one.kind, one.episode, one.level, one.severity, one.type, one.step, one.cause],
  ]);
  expect(sorted([...seen.values()]), told).toEqual(sorted(expected));

  const entries: HistoryEntry[] = [];
  for (let page: string | null = null; ;) {
    const { items, cursor } = await system.history(oracle.name, { ...firstPage, page });
    entries.push(...items);
    if (cursor === null) break;
    page = cursor;
  }
  const suppressed = entries
    .filter(({ event }) => event === 'suppressed')
    .map(({ delivery, episode, cause }) => [delivery!.channel, episode, cause.kind]);
  const notTold = oracle.notTold.map(({ channel, episode, cause }) => [channel, episode, cause]);
  expect(sorted(suppressed), told).toEqual(sorted(notTold));
}

function sorted(lines: readonly (readonly unknown[])[]): string[] {
  return lines.map((line) => JSON.stringify(line)).sort();
}
