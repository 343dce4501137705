import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type {
  AttemptEnd,
  ReplicaMessage,
  ReplicaRequest,
  ReplicaSetup,
  ReplicaStats,
} from './replica-messages.js';

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A replica that runs in a process of its own, seen from the program that started it. */
export class Replica {
  readonly name: string;
  /** How its attempts ended, in the order in which it told. */
  readonly attempts: AttemptEnd[] = [];
  /** When it was killed, by `performance.now()`; null: it was not. */
  killedAt: number | null = null;
  paused = false;
  /** Whether it was ever paused: then it may have lost leases. */
  wasPaused = false;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ready: Promise<void>;
  readonly #ended: Promise<unknown>;
  #calls = 0;
  #isReady = false;

  constructor(setup: ReplicaSetup) {
    this.name = setup.name;
    this.#child = fork(new URL('./replica-process.js', import.meta.url), [JSON.stringify(setup)]);
    this.#ended = once(this.#child, 'exit');
    this.#ready = new Promise((resolve, reject) => {
      this.#child.on('message', (message: ReplicaMessage) => {
        if (message.kind === 'ready') {
          this.#isReady = true;
          resolve();
        } else this.#hear(message);
      });
      this.#child.once('exit', () => {
        const error = new Error(`replica ${this.name} has ended`);
        reject(error);
        for (const waiting of this.#waiting.values()) waiting.reject(error);
        this.#waiting.clear();
      });
    });
    this.#ready.catch(() => undefined);
  }

  /** Resolves when it takes requests; rejects when it ends before. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  /** Whether it takes requests and answers them. */
  get serves(): boolean {
    return this.#isReady && this.alive && !this.paused;
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && !this.#isKilled();
  }

  /** Its answer; rejects with what it refused for, or when it ends. */
  ask(request: ReplicaRequest): Promise<unknown> {
    if (!this.alive) return Promise.reject(new Error(`replica ${this.name} has ended`));
    const id = (this.#calls += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, request }, (error) => {
        if (error !== null) reject(error);
      });
    });
  }

  stats(): Promise<ReplicaStats> {
    return this.ask({ call: 'stats' }) as Promise<ReplicaStats>;
  }

  /** Ends it in order: what it sends gets time to end, and the process exits. */
  async stop(): Promise<void> {
    if (!this.alive) return;
    await this.ask({ call: 'stop' });
    this.#child.disconnect();
    await this.#ended;
  }

  /** SIGKILL, now: nothing that it tells later counts as said before. */
  kill(): Promise<unknown> {
    if (this.alive) {
      this.killedAt = performance.now();
      this.#child.kill('SIGKILL');
    }
    return this.#ended;
  }

  /** SIGSTOP: it holds what it holds and does nothing, until `resume`. */
  pause(): void {
    if (!this.alive) return;
    this.paused = true;
    this.wasPaused = true;
    this.#child.kill('SIGSTOP');
  }

  /** SIGCONT. */
  resume(): void {
    this.paused = false;
    if (this.alive) this.#child.kill('SIGCONT');
  }

  #isKilled(): boolean {
    return this.killedAt !== null;
  }

  #hear(message: Exclude<ReplicaMessage, { kind: 'ready' }>): void {
    if (message.kind === 'attempt') {
      this.attempts.push(message);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === 'answer') waiting?.resolve(message.value);
    else waiting?.reject(new Error(message.message));
  }
}
