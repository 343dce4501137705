import { AlertmanagerClient } from './alertmanager-client.js';
import { sampleAlert } from './sample-alert.js';

export interface PostRateJob {
  readonly url: string;
  readonly alerts: number;
  readonly callers: number;
  readonly alertsPerPost: number;
  /** Part of every alert's name, so that rounds do not meet. */
  readonly name: string;
}

/** How many distinct alerts a second Alertmanager takes, each caller waiting for the answer before its next. */
export async function postRate(job: PostRateJob): Promise<number> {
  const client = new AlertmanagerClient(job.url, job.callers);
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < job.alerts) {
      const count = Math.min(job.alertsPerPost, job.alerts - next);
      const first = next;
      next += count;
      await client.post(
        Array.from({ length: count }, (_, n) => sampleAlert(`${job.name}-${first + n}`)),
      );
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: job.callers }, caller));
  const seconds = (performance.now() - begun) / 1000;
  client.close();
  return job.alerts / seconds;
}
