import type { Channel, Delivery } from '../src/index.js';

/** A channel in this process that records what it is given, and fails as it is told. */
export function recordingChannel(
  name = 'first',
  behave: (delivery: Delivery, signal: AbortSignal) => Promise<void> | void = () => {},
) {
  const deliveries: Delivery[] = [];
  const channel: Channel = {
    name,
    async send(delivery, { signal }) {
      deliveries.push(delivery);
      await behave(delivery, signal);
    },
  };
  return {
    channel,
    deliveries,
    kinds: () => deliveries.flatMap(({ notifications }) => notifications.map(({ kind }) => kind)),
  };
}
