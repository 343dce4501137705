import type { HistoryEntry, WebhookBody } from '@llm/alerting';
import type { Expected } from './alert-script.js';
import type { ReceivedRequest } from './recording-receiver.js';
import { replicaHeader, type AttemptEnd } from './replica-messages.js';

/** What a round left behind. */
export interface CrashEvidence {
  readonly expected: readonly Expected[];
  readonly requests: readonly ReceivedRequest[];
  readonly replicas: readonly {
    readonly name: string;
    readonly killedAt: number | null;
    readonly wasPaused: boolean;
    readonly attempts: readonly AttemptEnd[];
  }[];
  /** Of each alert by key, oldest first. */
  readonly histories: ReadonlyMap<string, readonly HistoryEntry[]>;
}

/** What came of it. */
export interface CrashVerdict {
  /** In words; none: all held. */
  readonly problems: readonly string[];
  /** Notifications that had to arrive, per channel. */
  readonly expected: number;
  readonly lost: number;
  /** On the channel whose receiver honours the idempotency key. */
  readonly keyedDuplicates: number;
  /** On the channel where every request counts. */
  readonly plainDuplicates: number;
  /** Sends of that channel whose replica was killed before it knew that they were settled. */
  readonly killedInFlight: number;
  /** Attempts of that channel whose lease was lost while they were sent. */
  readonly leasesLost: number;
  /** Those of replicas that were never paused: a busy machine, or leases that are not kept. */
  readonly leasesLostAwake: number;
}

/** The channel whose receiver counts the same idempotency key once. */
export const keyedChannel = 'keyed';
/** The channel whose receiver counts every request. */
export const plainChannel = 'plain';

interface Page {
  readonly deliveryId: string;
  readonly replica: string;
  readonly notifications: readonly string[];
}

/**
 * Compares what had to be notified with what the receivers took.
 *
 * A notification must be in exactly one delivery (one idempotency key) of each channel. Where every
 * request counts, a delivery may come again once for each of its requests whose replica was killed before
 * it had told that the store knew of the delivery (killed in flight), or had told that the lease was lost.
 */
export function crashVerdict(evidence: CrashEvidence): CrashVerdict {
  const problems: string[] = [];
  let lost = 0;
  let keyedDuplicates = 0;
  for (const channel of [keyedChannel, plainChannel]) {
    const pages = pagesOf(evidence.requests, channel);
    const deliveries = deliveriesOf(pages, problems, channel);
    for (const expected of evidence.expected) {
      const name = nameOf(expected);
      const count = deliveries.get(name)?.size ?? 0;
      deliveries.delete(name);
      const wanted = expected.certain ? 1 : escalations(evidence, expected);
      if (count < wanted) {
        lost += 1;
        problems.push(`${channel}: ${name} was lost`);
      } else if (count > wanted) {
        if (channel === keyedChannel) keyedDuplicates += 1;
        problems.push(`${channel}: ${name} came under ${count} idempotency keys, not ${wanted}`);
      }
    }
    for (const name of deliveries.keys()) problems.push(`${channel}: ${name} was not expected`);
    problems.push(...disorder(evidence, pages, channel));
  }
  problems.push(...wrongEscalations(evidence));
  const plain = plainDuplicates(evidence, problems);
  return { problems, expected: evidence.expected.length, lost, keyedDuplicates, ...plain };
}

function nameOf({ key, episode, kind, step }: Omit<Expected, 'certain'>): string {
  return `${key} episode ${episode} ${kind}${step === null ? '' : ` ${step}`}`;
}

function pagesOf(requests: readonly ReceivedRequest[], channel: string): readonly Page[] {
  return requests
    .filter((request) => request.taken && request.channel === channel)
    .map(({ headers, body }) => {
      const { id, notifications } = JSON.parse(body) as WebhookBody;
      return {
        deliveryId: id,
        replica: String(headers[replicaHeader]),
        notifications: notifications.map(({ alert, kind, step }) =>
          nameOf({ key: alert.key, episode: alert.episode, kind, step }),
        ),
      };
    });
}

/** Of each notification the deliveries that carried it. The same delivery must carry the same. */
function deliveriesOf(
  pages: readonly Page[],
  problems: string[],
  channel: string,
): Map<string, Set<string>> {
  const carried = new Map<string, string>();
  const deliveries = new Map<string, Set<string>>();
  for (const { deliveryId, notifications } of pages) {
    const what = notifications.join(', ');
    const before = carried.get(deliveryId) ?? what;
    carried.set(deliveryId, before);
    if (before !== what) {
      problems.push(`${channel}: delivery ${deliveryId} carried ${before}, then ${what}`);
    }
    if (new Set(notifications).size < notifications.length) {
      problems.push(`${channel}: delivery ${deliveryId} names something twice: ${what}`);
    }
    for (const name of notifications) {
      const ids = deliveries.get(name) ?? new Set();
      deliveries.set(name, ids.add(deliveryId));
    }
  }
  return deliveries;
}

/** How often the store says that this step by time happened. */
function escalations({ histories }: CrashEvidence, { key, episode, step }: Expected): number {
  const entries = (histories.get(key) ?? []).filter(
    (entry) => entry.event === 'escalated' && entry.episode === episode,
  );
  // Steps by time come in order: the n-th entry is the n-th step.
  return step === 'soon' ? Math.min(1, entries.length) : Math.max(0, entries.length - 1);
}

/** Each escalation is one transition, and none comes after an acknowledgement. */
function wrongEscalations({ expected, histories }: CrashEvidence): readonly string[] {
  const problems: string[] = [];
  for (const [key, history] of histories) {
    const own = expected.filter((one) => one.key === key && one.kind === 'escalated');
    const most = own.length;
    const least = own.filter(({ certain }) => certain).length;
    const happened = history.filter(({ event }) => event === 'escalated').length;
    if (happened < least || happened > most) {
      problems.push(`${key}: escalated ${happened} times, not ${least} to ${most}`);
    }
    let acknowledged = 0;
    for (const { event, episode } of history) {
      if (event === 'acknowledged') acknowledged = episode;
      else if (event === 'escalated' && episode === acknowledged) {
        problems.push(`${key}: escalated in episode ${episode} after its acknowledgement`);
      }
    }
  }
  return problems;
}

/** What a single alert tells a channel comes in the order in which it happened. */
function disorder(
  { expected, histories }: CrashEvidence,
  pages: readonly Page[],
  channel: string,
): readonly string[] {
  const first = new Map<string, number>();
  for (const [place, { notifications }] of pages.entries()) {
    for (const name of notifications) if (!first.has(name)) first.set(name, place);
  }
  const problems: string[] = [];
  for (const [key, history] of histories) {
    // After the fifth failure order is given up for progress.
    const gaveUp = history.some(
      ({ event, delivery }) =>
        event === 'failed' && delivery?.channel === channel && delivery.attempt >= 5,
    );
    if (gaveUp || key.startsWith('grouped-')) continue;
    const own = expected.filter((one) => one.key === key && one.certain).map(nameOf);
    const places = own.map((name) => first.get(name) ?? Infinity);
    for (const [index, place] of places.entries()) {
      const later = places[index + 1];
      if (later !== undefined && later < place) {
        problems.push(`${channel}: ${String(own[index + 1])} came before ${String(own[index])}`);
      }
    }
  }
  return problems;
}

function plainDuplicates(
  { requests, replicas }: CrashEvidence,
  problems: string[],
): Pick<CrashVerdict, 'plainDuplicates' | 'killedInFlight' | 'leasesLost' | 'leasesLostAwake'> {
  const pages = pagesOf(requests, plainChannel);
  const byDelivery = new Map<string, Page[]>();
  for (const page of pages) {
    const own = byDelivery.get(page.deliveryId) ?? [];
    own.push(page);
    byDelivery.set(page.deliveryId, own);
  }
  const sum = { plainDuplicates: 0, killedInFlight: 0, leasesLost: 0, leasesLostAwake: 0 };
  for (const [deliveryId, own] of byDelivery) {
    let excused = 0;
    for (const { name, killedAt, wasPaused, attempts } of replicas) {
      const taken = own.filter(({ replica }) => replica === name).length;
      if (taken === 0) continue;
      const ends = attempts.filter((attempt) => attempt.deliveryId === deliveryId);
      const leasesOf = (wanted: AttemptEnd['end']): Set<string> =>
        new Set(ends.filter(({ end }) => end === wanted).map(({ lease }) => lease));
      const settled = leasesOf('settled');
      // A renewal that crosses the settlement hears that the lease is gone: that is no loss.
      const lostLeases = [...leasesOf('lost')].filter((lease) => !settled.has(lease)).length;
      const inFlight = killedAt !== null && taken > lostLeases + settled.size ? 1 : 0;
      sum.leasesLost += lostLeases;
      if (!wasPaused) sum.leasesLostAwake += lostLeases;
      sum.killedInFlight += inFlight;
      excused += Math.min(taken, lostLeases + inFlight);
    }
    const duplicates = own.length - 1;
    sum.plainDuplicates += duplicates;
    if (duplicates > excused) {
      const senders = own.map(({ replica }) => replica).join(', ');
      problems.push(
        `${plainChannel}: delivery ${deliveryId} (${String(own[0]?.notifications.join(', '))}) came ` +
          `${own.length} times, from ${senders}; ${excused} of them were killed in flight or lost their lease`,
      );
    }
  }
  return sum;
}
