import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.js';
import { ReplicaSet } from './replica-set.js';
import { freshSpace, openStore, type StoreAddress } from './store-address.js';

/** Whoever waits for heartbeats outside: it raises the alarm when none comes for so long. */
export interface DeadMansSwitch {
  readonly url: string;
  readonly beats: number;
  /** When it raised the alarm, by `performance.now()`; null: it did not. */
  readonly alarmAt: number | null;
  readonly close: () => Promise<void>;
}

/** Starts one on loopback, armed by its first heartbeat. */
export async function startDeadMansSwitch(alarmAfterMillis: number): Promise<DeadMansSwitch> {
  let beats = 0;
  let alarmAt: number | null = null;
  let timeout: NodeJS.Timeout | undefined;
  const server = createServer((request, response) => {
    request.resume();
    beats += 1;
    clearTimeout(timeout);
    timeout = setTimeout(() => (alarmAt ??= performance.now()), alarmAfterMillis);
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/beat`,
    get beats() {
      return beats;
    },
    get alarmAt() {
      return alarmAt;
    },
    close: async () => {
      clearTimeout(timeout);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What a switch outside saw of the end of all replicas. */
export interface EndOfAll {
  /** From the end to the alarm, milliseconds. */
  readonly noticedMillis: number;
  /** It raised the alarm although replicas were alive. */
  readonly falseAlarm: boolean;
  readonly beats: number;
}

/** Two and a half of the default 30 s between heartbeats: one may be late or lost. */
export const alarmAfterMillis = 75_000;
const replicas = 3;

/** Lets three replicas live for a while, kills all at once, and waits for the alarm. */
export async function killAll(redisUrl: string, random: Random): Promise<EndOfAll> {
  const address: StoreAddress = { kind: 'redis', url: redisUrl, space: freshSpace() };
  const { close } = await openStore(address);
  const outside = await startDeadMansSwitch(alarmAfterMillis);
  const set = new ReplicaSet(
    { store: address, channels: [], heartbeat: { url: outside.url } },
    replicas,
  );
  try {
    await set.ready();
    await sleep(random.whole(32_000, 64_000));
    const { beats, alarmAt } = outside;
    const killedAt = performance.now();
    await set.killAll();
    while (outside.alarmAt === null) await sleep(50);
    return { noticedMillis: outside.alarmAt - killedAt, falseAlarm: alarmAt !== null, beats };
  } finally {
    await set.killAll();
    await outside.close();
    await close();
  }
}
