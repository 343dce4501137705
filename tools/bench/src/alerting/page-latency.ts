import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { AlertingSystem, webhookChannel } from '@llm/alerting';
import { AlertmanagerClient } from './alertmanager-client.js';
import { sampleAlert } from './sample-alert.js';

/** Where the pages go, and what sends them. */
export interface PageLatencyJob {
  readonly receiverUrl: string;
  /** Alertmanager's address, or null: an alerting system in memory. */
  readonly alertmanagerUrl: string | null;
  readonly pages: number;
  /** Part of every alert's name, so that rounds do not meet. */
  readonly name: string;
}

/** The annotation that says when it was raised: nanoseconds of the clock that processes share. */
export const raisedAtAnnotation = 'raisedAt';

/**
 * Raises one alert at a time, the next when the parent says that its receiver has got the page before.
 * The receiver, in the parent, takes the times.
 */
export async function raiseOneByOne(job: PageLatencyJob): Promise<null> {
  const channel = webhookChannel({ url: job.receiverUrl });
  const alerting = new AlertingSystem({ channels: [channel] });
  alerting.start();
  const client =
    job.alertmanagerUrl === null ? null : new AlertmanagerClient(job.alertmanagerUrl, 1);
  for (let n = 0; n < job.pages; n += 1) {
    const alert = sampleAlert(`${job.name}-${n}`);
    const received = once(process, 'message');
    const annotations = {
      ...alert.annotations,
      [raisedAtAnnotation]: process.hrtime.bigint().toString(),
    };
    if (client === null) await alerting.raise({ ...alert, annotations });
    else await client.post([{ ...alert, annotations }]);
    await received;
    // What follows the page, such as settling it, is over before the next.
    await setTimeout(2);
  }
  client?.close();
  await alerting.stop();
  return null;
}
