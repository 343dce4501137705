import { setTimeout } from 'node:timers/promises';
import { freePort } from 'test-services';
import { startRecordingReceiver, type RecordingReceiver } from './recording-receiver.js';

/** What the receiver of a storm does. */
export const stormVariants = ['prompt', 'failing', 'refusing', 'slow'] as const;
export type StormVariant = (typeof stormVariants)[number];

/** In words, for the table. */
export const variantTitles: Readonly<Record<StormVariant, string>> = {
  prompt: 'answers at once',
  failing: 'answers 503 for 25 s',
  refusing: 'refuses connections for 25 s',
  slow: 'takes 17 s for each request',
};

const outageMillis = 25_000;
const slowMillis = 17_000;

/** A receiver whose outage begins when the storm does. */
export interface StormReceiver {
  /** Where pages go; it may refuse connections for a while. */
  readonly url: string;
  readonly receiver: () => RecordingReceiver | null;
  /** The storm begins now. */
  readonly begin: () => void;
  readonly close: () => Promise<void>;
}

/** Starts a receiver of this kind. */
export async function startStormReceiver(variant: StormVariant): Promise<StormReceiver> {
  const port = await freePort();
  let outageEndsAt = Infinity;
  const start = (): Promise<RecordingReceiver> =>
    startRecordingReceiver({
      port,
      answer: () => ({
        status: variant === 'failing' && performance.now() < outageEndsAt ? 503 : 204,
        delayMillis: variant === 'slow' ? slowMillis : 0,
      }),
    });
  let receiver: RecordingReceiver | null = variant === 'refusing' ? null : await start();
  let late: Promise<unknown> | undefined;
  return {
    url: `http://127.0.0.1:${port}/page`,
    receiver: () => receiver,
    begin: () => {
      outageEndsAt = performance.now() + outageMillis;
      if (variant !== 'refusing') return;
      late = setTimeout(outageMillis).then(async () => (receiver = await start()));
    },
    close: async () => {
      await late;
      await receiver?.close();
    },
  };
}
