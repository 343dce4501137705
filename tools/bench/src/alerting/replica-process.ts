/** A replica as a process of its own, told what to do by its parent: `replica-process.js <setup as JSON>`. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { AlertingSystem, webhookChannel, type AlertStore, type Channel } from '@llm/alerting';
import {
  replicaHeader,
  type AttemptEnd,
  type ReplicaMessage,
  type ReplicaRequest,
  type ReplicaSetup,
  type ReplicaStats,
} from './replica-messages.js';
import { openStore } from './store-address.js';

const setup = JSON.parse(process.argv[2] ?? '') as ReplicaSetup;

function tell(message: ReplicaMessage): void {
  if (process.connected) process.send?.(message, () => undefined);
}

function tellEnd(end: AttemptEnd): void {
  tell({ kind: 'attempt', ...end });
}

/** The store as it is; its answers to settlements are told to the parent. */
function overheard(store: AlertStore): AlertStore {
  const settle: AlertStore['settle'] = async (settlement) => {
    const held = await store.settle(settlement);
    const { id: deliveryId, lease, outcome } = settlement;
    if (!held) tellEnd({ deliveryId, lease, end: 'lost' });
    else if (outcome.kind === 'delivered') tellEnd({ deliveryId, lease, end: 'settled' });
    return held;
  };
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'settle') return settle;
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** The channel as it is; sends that the courier aborts because their lease is lost are told to the parent. */
function watched(channel: Channel): Channel {
  return {
    ...channel,
    send: (delivery, context) => {
      const { id: deliveryId, lease } = delivery;
      context.signal.addEventListener('abort', () => {
        const reason: unknown = context.signal.reason;
        const isLost = reason instanceof Error && reason.message.includes('lease');
        if (isLost) tellEnd({ deliveryId, lease, end: 'lost' });
      });
      return channel.send(delivery, context);
    },
  };
}

const { store, close } = await openStore(setup.store);
const alerting = new AlertingSystem({
  store: overheard(store),
  channels: setup.channels.map((channel) =>
    watched(webhookChannel({ ...channel, headers: { [replicaHeader]: setup.name } })),
  ),
  ...(setup.policies === undefined ? {} : { policies: setup.policies }),
  ...(setup.retry === undefined ? {} : { retry: setup.retry }),
  ...(setup.heartbeat === undefined ? {} : { heartbeat: setup.heartbeat }),
  ...(setup.leaseMillis === undefined ? {} : { leaseMillis: setup.leaseMillis }),
  ...(setup.pollIntervalMillis === undefined
    ? {}
    : { pollIntervalMillis: setup.pollIntervalMillis }),
});

async function answer(request: ReplicaRequest): Promise<unknown> {
  switch (request.call) {
    case 'raise': {
      const { key, labels = {}, occurrenceId } = request;
      await alerting.raise({ key, labels, occurrenceId });
      return null;
    }
    case 'raiseMany':
      return raiseMany(request);
    case 'acknowledge':
    case 'resolve': {
      const { key, episode } = request;
      return (await alerting[request.call](key, { episode })) !== null;
    }
    case 'stats':
      return {
        ...(await alerting.stats()),
        longestStallMillis: eventLoop.max / 1e6,
      } satisfies ReplicaStats;
    case 'stop':
      await alerting.stop(5000);
      await close();
      return null;
  }
}

async function raiseMany(request: Extract<ReplicaRequest, { call: 'raiseMany' }>): Promise<number> {
  let next = request.from;
  const caller = async (): Promise<void> => {
    for (let n = next++; n < request.to; n = next++) {
      const key = `${request.prefix}${n}`;
      await alerting.raise({ key, occurrenceId: key });
    }
  };
  await Promise.all(Array.from({ length: request.callers }, caller));
  return request.to - request.from;
}

const eventLoop = monitorEventLoopDelay({ resolution: 10 });
eventLoop.enable();

process.on('message', ({ id, request }: { id: number; request: ReplicaRequest }) => {
  void answer(request).then(
    (value) => tell({ kind: 'answer', id, value }),
    (error: unknown) => tell({ kind: 'refusal', id, message: String(error) }),
  );
});
// A replica does not outlive the program that started it.
process.on('disconnect', () => process.exit());
alerting.start();
tell({ kind: 'ready' });
