import type { EscalationPolicy, EscalationStep, Severity } from '../../src/index.js';

/**
 * What should become of one alert, told minute by minute from the policies as people write them: time
 * goes on in small ticks, and at each the rules are asked what happens now. It shares nothing with
 * `lifecycle.ts` and knows no timers, no plans and no stores.
 */

const ranks: readonly Severity[] = ['low', 'medium', 'high', 'critical'];
const worse = (a: Severity, b: Severity): Severity => (ranks.indexOf(a) > ranks.indexOf(b) ? a : b);

/** One who was told, of what. */
export interface Told {
  /** When it should be sent, at the earliest. */
  readonly at: number;
  readonly channel: string;
  readonly kind: string;
  readonly episode: number;
  readonly level: number;
  readonly severity: Severity;
  readonly type: string;
  readonly step: string | null;
  readonly cause: string;
}

/** What was not sent, or not at once, and why. */
export interface NotTold {
  readonly channel: string;
  readonly episode: number;
  readonly cause: string;
}

/** A time in which somebody wants quiet. */
export interface Quiet {
  readonly from: number;
  /** null: until the episode is over, or it is removed. */
  readonly until: number | null;
  readonly covers: AlertOracle;
  readonly episode: number | null;
  removed: boolean;
}

interface Step {
  readonly name: string;
  readonly level: number;
  readonly rule: EscalationStep;
  /** Since the policy began to govern; null: by recurrence. */
  readonly after: number | null;
}

interface Reminding {
  readonly step: string;
  readonly channels: readonly string[];
  readonly every: number;
  left: number;
  next: number;
}

const millis = (duration: unknown): number => Number(duration);

export class AlertOracle {
  readonly name: string;
  readonly told: Told[] = [];
  readonly notTold: NotTold[] = [];
  status: 'firing' | 'acknowledged' | 'resolved' = 'resolved';
  episode = 0;
  level = 0;
  severity: Severity = 'low';
  type = '';
  occurrences = 0;
  acknowledgedBy: string | null = null;
  clearAt: number | null = null;
  policy: EscalationPolicy;
  reminding: Reminding | null = null;
  /** Steps of the governing policy that have happened: those by time, and those by recurrence that are not armed again. */
  readonly done = new Set<string>();
  governsSince = 0;
  lastHeard = 0;
  readonly #policies: readonly EscalationPolicy[];
  readonly #quiets: readonly Quiet[];
  /** Every occurrence there ever was, and every opening. */
  readonly #occurred: number[] = [];
  readonly #opened: number[] = [];
  #escalatedType: string | null = null;
  #concerned: string[] = [];
  #held: Told[] = [];

  constructor(name: string, policies: readonly EscalationPolicy[], quiets: readonly Quiet[]) {
    this.name = name;
    this.#policies = policies;
    this.#quiets = quiets;
    this.policy = this.#policyFor('low');
  }

  raise(
    now: number,
    severity: Severity,
    type: string,
    escalatedType: string | null,
  ): { readonly opened: boolean; readonly escalated: boolean } {
    const opened = this.status === 'resolved';
    // What counts is decided by the policy that governed when it was heard.
    const counts = opened || this.policy.occurrence !== 'episode';
    this.lastHeard = now;
    this.clearAt = null;
    let worsened = false;
    if (opened) {
      this.status = 'firing';
      this.episode += 1;
      this.level = 1;
      this.severity = severity;
      this.type = type;
      this.occurrences = 0;
      this.acknowledgedBy = null;
      this.#concerned = [];
      this.#opened.push(now);
      this.#govern(now, this.#policyFor(severity), escalatedType);
    } else if (ranks.indexOf(severity) > ranks.indexOf(this.severity)) {
      worsened = true;
      this.severity = severity;
      const policy = this.#policyFor(severity);
      if (policy.name !== this.policy.name) this.#govern(now, policy, escalatedType);
    }
    this.occurrences += 1;
    const reached: Step[] = [];
    if (counts) {
      for (const step of this.steps().filter(({ after }) => after === null)) {
        const { count, within } = step.rule.recurrence!;
        const before = this.#occurred.filter((time) => now - time < millis(within)).length;
        if (before === 0) this.done.delete(step.name);
        if (before + 1 < count || this.done.has(step.name) || this.status !== 'firing') continue;
        this.done.add(step.name);
        reached.push(step);
      }
      this.#occurred.push(now);
    }
    if (this.status !== 'firing') return { opened, escalated: false };
    if (opened || worsened) {
      const escalated = reached.flatMap(({ rule }) => rule.channels);
      const channels = (this.policy.channels ?? []).filter((one) => !escalated.includes(one));
      this.#tell(now, opened ? 'initial' : 'worsened', channels, null, 'raise');
    }
    for (const step of reached)
      this.#escalate(now, step, step.rule.severity ?? 'critical', 'recurrence');
    return { opened, escalated: reached.length > 0 };
  }

  /** `normal` from the monitor. */
  clear(now: number): 'none' | 'clearing' | 'resolved' {
    if (this.status === 'resolved') return 'none';
    const wait = this.clearWait(now);
    if (wait === 0) {
      this.#resolve(now, 'clear');
      return 'resolved';
    }
    if (this.clearAt !== null) return 'none';
    this.clearAt = now + wait;
    return 'clearing';
  }

  /** How long it must stay clear: longer while it flaps. */
  clearWait(now: number): number {
    const { minClear = 300_000, flapping } = this.policy;
    if (flapping === undefined) return millis(minClear);
    const openings = this.#opened.filter((time) => now - time < millis(flapping.within)).length;
    const flaps = openings >= flapping.episodes;
    return Math.max(millis(minClear), flaps ? millis(flapping.minClear) : 0);
  }

  acknowledge(now: number, by: string): boolean {
    if (this.status !== 'firing') return false;
    this.status = 'acknowledged';
    this.acknowledgedBy = by;
    this.reminding = null;
    if (this.policy.notifyAcknowledged ?? true) {
      this.#tell(now, 'acknowledged', this.#concerned, null, 'user');
    }
    return true;
  }

  resolve(now: number): boolean {
    if (this.status === 'resolved') return false;
    this.#resolve(now, 'user');
    return true;
  }

  /** By hand: to the lowest step above, or one level up to everybody so far. */
  escalate(now: number): boolean {
    if (this.status !== 'firing') return false;
    const [next] = this.steps()
      .filter(({ level }) => level > this.level)
      .sort((a, b) => a.level - b.level);
    const level = this.level + 1;
    const channels = this.#concerned.length > 0 ? this.#concerned : (this.policy.channels ?? []);
    const rule: EscalationStep = { channels };
    const step = next ?? { name: `level-${level}`, level, after: null, rule };
    this.#escalate(now, step, step.rule.severity ?? 'critical', 'user');
    return true;
  }

  /** All that happens by itself at this moment. */
  tick(now: number): void {
    for (;;) {
      if (this.status === 'resolved') break;
      const { expireAfter = 86_400_000 } = this.policy;
      const due = this.steps().find(
        ({ name, after }) =>
          after !== null && !this.done.has(name) && this.governsSince + after === now,
      );
      if (this.clearAt === now) this.#resolve(now, 'clear');
      else if (expireAfter !== false && this.lastHeard + millis(expireAfter) === now) {
        this.#resolve(now, 'expiry');
      } else if (this.status !== 'firing') break;
      else if (due !== undefined) {
        this.done.add(due.name);
        this.#escalate(now, due, due.rule.severity ?? null, 'timer');
      } else if (this.reminding?.next === now) {
        const { step, channels, every } = this.reminding;
        this.reminding.left -= 1;
        this.reminding.next = now + every;
        if (this.reminding.left === 0) this.reminding = null;
        this.#tell(now, 'reminder', channels, step, 'timer');
      } else break;
    }
    this.look(now);
  }

  /** Sends what was held back and no longer is: within a minute, so that it may be told of at once. */
  look(now: number): void {
    const held = this.#held;
    this.#held = [];
    for (const page of held) this.#deliver(page, now, true);
  }

  /** The steps of the governing policy, then those by time of the policies that it continues with. */
  steps(): readonly Step[] {
    const steps: Step[] = [];
    let level = 1;
    let from = 0;
    let policy: EscalationPolicy | undefined = this.policy;
    for (let chapter = 0; policy !== undefined; chapter += 1) {
      let last = from;
      for (const rule of policy.steps ?? []) {
        if (chapter > 0 && rule.after === undefined) continue;
        level += 1;
        const after = rule.after === undefined ? null : from + millis(rule.after);
        if (after !== null) last = Math.max(last, after);
        steps.push({ name: rule.name ?? `level-${level}`, level, rule, after });
      }
      from = last;
      const { continueWith }: EscalationPolicy = policy;
      policy = this.#policies.find(({ name }) => name === continueWith);
    }
    return steps;
  }

  /** How many occurrences there were lately. */
  occurredWithin(window: number, now: number): number {
    return this.#occurred.filter((time) => now - time < window).length;
  }

  #policyFor(severity: Severity): EscalationPolicy {
    const policy = this.#policies.find(({ match }) => match?.severity?.includes(severity) ?? true);
    if (policy === undefined) throw new Error(`no policy for ${severity}`);
    return policy;
  }

  #govern(now: number, policy: EscalationPolicy, escalatedType: string | null): void {
    this.policy = policy;
    this.governsSince = now;
    this.done.clear();
    this.#escalatedType = escalatedType;
    this.#remind(now, 'initial', policy.channels ?? [], policy);
  }

  #escalate(now: number, step: Step, severity: Severity | null, cause: string): void {
    this.level = Math.max(this.level, step.level);
    if (severity !== null) this.severity = worse(this.severity, severity);
    this.type = step.rule.type ?? this.#escalatedType ?? this.type;
    this.#remind(now, step.name, step.rule.channels, step.rule);
    this.#tell(now, 'escalated', step.rule.channels, step.name, cause);
  }

  #remind(
    now: number,
    step: string,
    channels: readonly string[],
    { repeatEvery, maxRepeats = Infinity }: Pick<EscalationStep, 'repeatEvery' | 'maxRepeats'>,
  ): void {
    this.reminding = null;
    if (repeatEvery === undefined || maxRepeats === 0 || this.status !== 'firing') return;
    const every = millis(repeatEvery);
    this.reminding = { step, channels, every, left: maxRepeats, next: now + every };
  }

  #resolve(now: number, cause: string): void {
    this.status = 'resolved';
    this.clearAt = null;
    this.reminding = null;
    if (this.policy.notifyResolved ?? true) {
      this.#tell(now, 'resolved', this.#concerned, null, cause);
    }
  }

  #tell(
    at: number,
    kind: string,
    channels: readonly string[],
    step: string | null,
    cause: string,
  ): void {
    const { episode, level, severity, type } = this;
    for (const channel of channels) {
      if (!this.#concerned.includes(channel)) this.#concerned = [...this.#concerned, channel];
      this.#deliver({ at, channel, kind, episode, level, severity, type, step, cause }, at, false);
    }
  }

  /** Sends it, holds it back, or drops it. */
  #deliver(page: Told, now: number, wasHeld: boolean): void {
    const { channel, episode, kind } = page;
    const drop = (cause: string): unknown => this.notTold.push({ channel, episode, cause });
    const stillFiring = this.status === 'firing' && this.episode === episode;
    if (wasHeld && !stillFiring) return void drop('stale');
    const quiet = this.#quiets.some(
      ({ from, until, covers, episode: only, removed }) =>
        !removed &&
        from <= now &&
        (until === null || now < until) &&
        covers === this &&
        (only === null || only === episode),
    );
    const ends = kind === 'acknowledged' || kind === 'resolved';
    const knows = this.told.some((one) => one.channel === channel && one.episode === episode);
    if (!quiet || (ends && knows)) return void this.told.push({ ...page, at: now });
    if (ends || kind === 'reminder') return void drop('silence');
    if (!wasHeld) drop('silence');
    this.#held.push(page);
  }
}
