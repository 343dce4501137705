import { Agent, request } from 'node:http';
import type { SampleAlert } from './sample-alert.js';

/** Posts alerts to Alertmanager's API v2 over connections that stay open. */
export class AlertmanagerClient {
  readonly #url: URL;
  readonly #agent: Agent;

  constructor(url: string, connections: number) {
    this.#url = new URL('/api/v2/alerts', url);
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Resolves when Alertmanager has answered that it took them. */
  post(alerts: readonly SampleAlert[]): Promise<void> {
    const body = JSON.stringify(
      alerts.map(({ key, labels, annotations }) => ({
        labels: { alertname: key, ...labels },
        annotations,
      })),
    );
    return new Promise((resolve, reject) => {
      const sent = request(
        this.#url,
        {
          method: 'POST',
          agent: this.#agent,
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
          },
        },
        (response) => {
          response.resume();
          response.once('end', () => {
            if (response.statusCode === 200) resolve();
            else reject(new Error(`Alertmanager answers ${String(response.statusCode)}`));
          });
        },
      );
      sent.once('error', reject);
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
