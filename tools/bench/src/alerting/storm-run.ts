import { setTimeout } from 'node:timers/promises';
import { startAlertmanagerPair } from 'test-services';
import { AlertmanagerClient } from './alertmanager-client.js';
import { ReplicaSet } from './replica-set.js';
import { sampleAlert } from './sample-alert.js';
import { freshSpace, openStore, type StoreAddress } from './store-address.js';
import { startStormReceiver, type StormReceiver, type StormVariant } from './storm-receiver.js';
import {
  pagedByAlerting,
  pagedByAlertmanager,
  stormTally,
  type StormTally,
} from './storm-tally.js';

/** What a storm left. */
export interface StormRun extends StormTally {
  /** Until the last page that the receiver took, from the first raise, milliseconds. */
  readonly millis: number;
  /** Requests that reached the receiver, refused ones included. */
  readonly requests: number;
  /** Leases that replicas lost while they sent; null where nobody tells. */
  readonly leasesLost: number | null;
  /** The longest time for which a replica's event loop did not turn, milliseconds; null where nobody tells. */
  readonly longestStallMillis: number | null;
}

/** How large the storm is and how patient. */
export interface Storm {
  readonly variant: StormVariant;
  readonly alerts: number;
  /** Requests at a time, for each replica. */
  readonly concurrency: number;
  /** What is not paged after so long is lost. */
  readonly patienceMillis: number;
}

const replicas = 3;
/** A page that comes twice comes within so long: three leases; Alertmanager waits 15 s for its peer. */
const quietMillis = { replicas: 3000, alertmanagers: 20_000 };

/** Every alert is raised at each of three replicas at once, as one occurrence of which all three hear. */
export async function stormReplicas(
  kind: 'redis' | 'postgres',
  url: string,
  storm: Storm,
): Promise<StormRun> {
  const address: StoreAddress = { kind, url, space: freshSpace(), connections: 8 };
  const { store, close } = await openStore(address);
  const receiver = await startStormReceiver(storm.variant);
  const { concurrency } = storm;
  const set = new ReplicaSet(
    {
      store: address,
      // A send may take as long as the slowest receiver needs, and more.
      channels: [{ name: 'page', url: receiver.url, concurrency, timeoutMillis: 40_000 }],
    },
    replicas,
  );
  try {
    await set.ready();
    receiver.begin();
    const begun = performance.now();
    const raised = set.present.map((replica) =>
      replica.ask({ call: 'raiseMany', prefix: 'storm-', from: 0, to: storm.alerts, callers: 16 }),
    );
    await Promise.all(raised);
    const pending = async (): Promise<number> =>
      Object.values((await store.stats()).pending).reduce((sum, count) => sum + count, 0);
    await paged(
      receiver,
      quietMillis.replicas,
      async () => (await pending()) === 0,
      begun + storm.patienceMillis,
    );
    const stats = await Promise.all(set.present.map((replica) => replica.stats()));
    const leasesLost = stats.reduce(
      (all, { channels }) => all + (channels['page']?.leasesLost ?? 0),
      0,
    );
    const longestStallMillis = Math.max(...stats.map((one) => one.longestStallMillis));
    await set.stop();
    const names = Array.from({ length: storm.alerts }, (_, n) => `storm-${n}`);
    return { ...runOf(receiver, names, pagedByAlerting, begun), leasesLost, longestStallMillis };
  } finally {
    await set.killAll();
    await receiver.close();
    await close();
  }
}

/** Every alert is posted to both of a pair of Alertmanagers, in batches, as Prometheus does. */
export async function stormAlertmanagers(storm: Storm): Promise<StormRun> {
  const receiver = await startStormReceiver(storm.variant);
  const pair = await startAlertmanagerPair({
    config: JSON.stringify({
      // Every alert is a group of its own, as without grouping.
      route: { receiver: 'page', group_by: ['...'], group_wait: '1s', group_interval: '5m' },
      receivers: [{ name: 'page', webhook_configs: [{ url: receiver.url, send_resolved: false }] }],
    }),
  });
  const clients = pair.map(({ url }) => new AlertmanagerClient(url, 4));
  try {
    receiver.begin();
    const begun = performance.now();
    const alerts = Array.from({ length: storm.alerts }, (_, n) => sampleAlert(`storm-${n}`));
    await Promise.all(
      clients.map(async (client) => {
        for (let n = 0; n < alerts.length; n += 64) await client.post(alerts.slice(n, n + 64));
      }),
    );
    const names = alerts.map(({ key }) => key);
    const all = (): Promise<boolean> =>
      Promise.resolve(runOf(receiver, names, pagedByAlertmanager, begun).lost === 0);
    await paged(receiver, quietMillis.alertmanagers, all, begun + storm.patienceMillis);
    return runOf(receiver, names, pagedByAlertmanager, begun);
  } finally {
    for (const client of clients) client.close();
    await Promise.all(pair.map((one) => one.stop()));
    await receiver.close();
  }
}

/** Waits until all is paged and nothing more has come for a while, or until the deadline. */
async function paged(
  { receiver }: StormReceiver,
  quiet: number,
  all: () => Promise<boolean>,
  deadline: number,
): Promise<void> {
  let requests = -1;
  let changedAt = performance.now();
  while (performance.now() < deadline) {
    const now = receiver()?.requests.length ?? 0;
    if (now !== requests) {
      requests = now;
      changedAt = performance.now();
    } else if (performance.now() - changedAt > quiet && (await all())) return;
    await setTimeout(250);
  }
}

function runOf(
  { receiver }: StormReceiver,
  names: readonly string[],
  pagedBy: (body: string) => readonly string[],
  begun: number,
): StormRun {
  const requests = receiver()?.requests ?? [];
  const last = requests.findLast(({ taken }) => taken)?.at ?? begun;
  return {
    ...stormTally(names, requests, pagedBy),
    millis: last - begun,
    requests: requests.length,
    leasesLost: null,
    longestStallMillis: null,
  };
}
