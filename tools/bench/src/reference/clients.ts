import type { ChildProcess } from 'node:child_process';
import { answerOf, freshProcess } from '../fresh-process.js';

export interface ClientsOrder {
  readonly requests: number;
  /** Clients at a time. */
  readonly connections: number;
}

export interface ClientsResult {
  readonly perSecond: number;
  /** Not answered with 200. */
  readonly failed: number;
  readonly p50Millis: number;
  readonly p99Millis: number;
}

/** Clients of a service, in a process of their own. */
export class Clients {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async of(url: string): Promise<Clients> {
    const child = freshProcess('reference/clients-process', { url });
    await answerOf(child);
    return new Clients(child);
  }

  send(order: ClientsOrder): Promise<ClientsResult> {
    const answer = answerOf<ClientsResult>(this.#child);
    this.#child.send(order);
    return answer;
  }

  end(): void {
    this.#child.disconnect();
  }
}
