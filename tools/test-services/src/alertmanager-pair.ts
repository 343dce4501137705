import { setTimeout } from 'node:timers/promises';
import { startAlertmanager } from './alertmanager.js';
import { freePort } from './port.js';
import type { Service } from './service.js';

const gossipTimeoutMillis = 60_000;

/** Two Alertmanagers with the same configuration that know of each other, as one runs them for availability. */
export async function startAlertmanagerPair({
  config,
}: {
  /** The configuration file of both, as YAML (JSON is YAML). */
  readonly config: string;
}): Promise<readonly [Service, Service]> {
  const [a, b] = await Promise.all([freePort(), freePort()]);
  const addresses = [`127.0.0.1:${a}`, `127.0.0.1:${b}`] as const;
  const pair = await Promise.all([
    startAlertmanager({ config, clusterAddress: addresses[0], peers: [addresses[1]] }),
    startAlertmanager({ config, clusterAddress: addresses[1], peers: [addresses[0]] }),
  ]);
  try {
    await Promise.all(pair.map(settled));
  } catch (error) {
    await Promise.all(pair.map((one) => one.stop()));
    throw error;
  }
  return pair;
}

/** Until its gossip has settled it holds notifications back. */
async function settled({ url }: Service): Promise<void> {
  const deadline = Date.now() + gossipTimeoutMillis;
  for (;;) {
    const { cluster } = (await (await fetch(`${url}/api/v2/status`)).json()) as {
      cluster: { status: string; peers?: unknown[] };
    };
    if (cluster.status === 'ready' && cluster.peers?.length === 2) return;
    if (Date.now() > deadline) {
      throw new Error(`${url} does not know its peer after ${gossipTimeoutMillis} ms`);
    }
    await setTimeout(100);
  }
}
