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

/** A receiver whose outage begins with it. */
export interface StormReceiver {
  /** Where pages go; it may refuse connections for a while. */
  readonly url: string;
  readonly receiver: () => RecordingReceiver | null;
  readonly close: () => Promise<void>;
}

/** Starts a receiver of this kind. */
export async function startStormReceiver(variant: StormVariant): Promise<StormReceiver> {
  const port = await freePort();
  const begun = performance.now();
  const start = (): Promise<RecordingReceiver> =>
    startRecordingReceiver({
      port,
      answer: () => ({
        status: variant === 'failing' && performance.now() - begun < outageMillis ? 503 : 204,
        delayMillis: variant === 'slow' ? slowMillis : 0,
      }),
    });
  let receiver: RecordingReceiver | null = null;
  const started = (variant === 'refusing' ? setTimeout(outageMillis).then(start) : start()).then(
    (running) => (receiver = running),
  );
  if (variant !== 'refusing') await started;
  return {
    url: `http://127.0.0.1:${port}/page`,
    receiver: () => receiver,
    close: async () => (await started).close(),
  };
}
