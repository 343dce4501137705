import type { WakingClock } from '../clock.js';
import { checkedNumber, checkedObject } from '../configuration.js';
import type { Health } from './health.js';
import { HttpSender, type HttpSenderOptions } from '../channels/http-sender.js';
import { SendAttempt } from '../delivery/send-attempt.js';

/**
 * A URL that is posted to while the alerter is healthy. Whoever waits there (healthchecks.io, Dead Man's
 * Snitch, a monitor of your own) raises the alarm when nothing comes: all replicas may be gone at once.
 */
export interface HeartbeatOptions extends HttpSenderOptions {
  /** Milliseconds. Default 30 000, at least 1000. Let the other side wait for two of them and a little more. */
  readonly intervalMillis?: number;
  /** How long one post may take, milliseconds. Default 10 000. */
  readonly timeoutMillis?: number;
}

/** What a heartbeat has done since it began. */
export interface HeartbeatStats {
  /** Posts that were taken. */
  readonly sent: number;
  /** Posts that failed. */
  readonly failed: number;
  /** Posts that were left out because the alerter was not healthy. */
  readonly withheld: number;
}

/** What a heartbeat works with. */
export interface HeartbeatContext {
  readonly clock: WakingClock;
  readonly health: () => Promise<Health>;
  readonly onError: (error: unknown) => void;
}

const keys = ['url', 'headers', 'allowedHosts', 'agent', 'intervalMillis', 'timeoutMillis'];

/** Tells somebody outside, again and again, that this alerter is healthy. */
export class Heartbeat {
  readonly #sender: HttpSender;
  readonly #intervalMillis: number;
  readonly #timeoutMillis: number;
  #context: HeartbeatContext | null = null;
  #cancel: (() => void) | null = null;
  #problem = '';
  #sent = 0;
  #failed = 0;
  #withheld = 0;

  /** @throws AlertingConfigError naming the option. */
  constructor(options: HeartbeatOptions) {
    checkedObject('heartbeat', options, keys);
    const { intervalMillis = 30_000, timeoutMillis = 10_000 } = options;
    const bounds = { min: 1000, max: 86_400_000 };
    this.#intervalMillis = checkedNumber('heartbeat.intervalMillis', intervalMillis, bounds);
    this.#timeoutMillis = checkedNumber('heartbeat.timeoutMillis', timeoutMillis, {
      min: 1,
      max: 600_000,
    });
    this.#sender = new HttpSender('heartbeat', options);
  }

  get stats(): HeartbeatStats {
    return { sent: this.#sent, failed: this.#failed, withheld: this.#withheld };
  }

  start(context: HeartbeatContext): void {
    if (this.#context !== null) return;
    this.#context = context;
    void this.#beat(context);
  }

  async stop(): Promise<void> {
    this.#context = null;
    this.#cancel?.();
    this.#cancel = null;
    await this.#sender.close();
  }

  async #beat(context: HeartbeatContext): Promise<void> {
    const { clock, health } = context;
    this.#cancel = clock.schedule(() => void this.#beat(context), this.#intervalMillis);
    const { healthy, problems } = await health();
    if (this.#context !== context) return;
    if (!healthy) {
      this.#withheld += 1;
      this.#tell(`the heartbeat is withheld: ${problems.join('; ')}`);
      return;
    }
    const attempt = new SendAttempt(() => clock.now());
    const cancel = clock.schedule(
      () => attempt.abort(new Error('the time is over')),
      this.#timeoutMillis,
    );
    try {
      await attempt.race(this.#sender.post('{}', {}, attempt).then(() => undefined));
      this.#sent += 1;
      this.#problem = '';
    } catch (error) {
      this.#failed += 1;
      this.#tell(`the heartbeat failed: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      cancel();
    }
  }

  /** Once for each problem, not at every beat. */
  #tell(problem: string): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#context?.onError(new Error(problem));
  }
}
