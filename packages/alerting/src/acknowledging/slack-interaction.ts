import { setTimeout as wait } from 'node:timers/promises';
import type { AlertingSystem } from '../alerting-system.js';
import { checkedUrl, HttpSender } from '../channels/http-sender.js';
import type { HttpCall, HttpReply } from '../http/http-handler.js';
import { asObject, jsonObject } from '../http/json-object.js';
import { checkedSecrets, isSignedBy, type SigningSecret } from '../http/signing-secret.js';
import { slackActions } from '../channels/slack-message.js';
import { cutText } from '../text-cut.js';
import type { AcknowledgementCounts } from './acknowledgement-handler.js';
import { ReplayMemory } from './replay-memory.js';
import { answeredMessage, outcomeText, type SlackOutcome, type SlackUser } from './slack-answer.js';

/** Whose clicks are taken. */
export interface SlackInteractionOptions {
  /** The app's signing secret. */
  readonly signingSecret: SigningSecret;
  /** Hosts that answers may be posted to. Default: `hooks.slack.com`. */
  readonly allowedHosts?: readonly string[];
}

type Acknowledging = Pick<AlertingSystem, 'acknowledge' | 'resolve' | 'alert'>;

/** A click on one of our buttons. */
interface Click {
  readonly action: 'acknowledge' | 'resolve';
  readonly alertId: string;
  readonly episode: number;
  readonly blockId: string;
  readonly user: SlackUser;
  readonly message: Readonly<Record<string, unknown>> | null;
  readonly responseUrl: string | null;
}

/** Slack refuses to be older, and so do we. */
const toleranceSeconds = 300;
/** Slack waits 3 s for an answer. */
const answerWithinMillis = 2000;
const responseTimeoutMillis = 10_000;

/** Takes clicks on the buttons that `slackChannel` sends. */
export class SlackInteraction {
  readonly #secrets: readonly string[];
  readonly #allowedHosts: readonly string[];
  readonly #alerting: Acknowledging;
  readonly #counts: AcknowledgementCounts;
  readonly #now: () => number;
  readonly #onError: (error: unknown) => void;
  readonly #seen = new ReplayMemory(2 * toleranceSeconds * 1000);

  constructor(
    options: SlackInteractionOptions,
    alerting: Acknowledging,
    counts: AcknowledgementCounts,
    now: () => number,
    onError: (error: unknown) => void,
  ) {
    this.#secrets = checkedSecrets('slack.signingSecret', options.signingSecret);
    this.#allowedHosts = options.allowedHosts ?? ['hooks.slack.com'];
    this.#alerting = alerting;
    this.#counts = counts;
    this.#now = now;
    this.#onError = onError;
  }

  async answer(call: HttpCall): Promise<HttpReply> {
    if (call.method !== 'POST') return { status: 405, headers: { allow: 'POST' } };
    const body = await call.body();
    const timestamp = call.header('x-slack-request-timestamp') ?? '';
    const signature = call.header('x-slack-signature') ?? '';
    const [, hex = ''] = /^v0=([0-9a-f]+)$/.exec(signature) ?? [];
    if (!/^\d{1,12}$/.test(timestamp)) return this.#refuse(401, 'the timestamp is missing');
    if (!isSignedBy(this.#secrets, [`v0:${timestamp}:`, body], hex)) {
      return this.#refuse(401, 'the signature is not of a known secret');
    }
    const now = this.#now();
    if (Math.abs(now / 1000 - Number(timestamp)) > toleranceSeconds) {
      return this.#refuse(401, 'the request is too old');
    }
    // Slack sends a click once; whoever sends it again is somebody else.
    if (this.#seen.has(hex, now)) return this.#refuse(409, 'the request was seen before');
    this.#seen.add(hex, now);
    const payload = jsonObject(new URLSearchParams(body.toString()).get('payload') ?? '');
    if (payload === null) return this.#refuse(400, 'no payload of an interaction');
    const click = clickIn(payload);
    if (click === null) {
      this.#counts.ignored += 1;
      return { status: 200 };
    }
    return this.#inTime(this.#apply(click));
  }

  #refuse(status: number, error: string): HttpReply {
    this.#counts.refused += 1;
    return { status, body: { error } };
  }

  /** Slack hears yes in time; a store that is slow goes on, and tells its outcome in the message. */
  async #inTime(work: Promise<void>): Promise<HttpReply> {
    const controller = new AbortController();
    const late = wait(answerWithinMillis, undefined, { signal: controller.signal, ref: false });
    const first = await Promise.race([
      work.then(
        () => null,
        (error: unknown) => ({ error }),
      ),
      late.then(
        () => 'late' as const,
        () => 'late' as const,
      ),
    ]);
    controller.abort();
    if (first === 'late') {
      work.catch(this.#onError);
      return { status: 200 };
    }
    if (first !== null) throw first.error;
    return { status: 200 };
  }

  async #apply(click: Click): Promise<void> {
    const ref = { id: click.alertId };
    const by = `${click.user.name} (Slack)`;
    let outcome: SlackOutcome;
    try {
      const changed = await this.#alerting[click.action](ref, { by, episode: click.episode });
      const alert = changed ?? (await this.#alerting.alert(ref));
      outcome = { changed: changed !== null, alert, episode: click.episode };
    } catch (error) {
      void this.#respond(click, note('That could not be done now, please try again.'));
      throw error;
    }
    const done = click.action === 'resolve' ? 'resolved' : 'acknowledged';
    this.#counts[outcome.changed ? done : 'unchanged'] += 1;
    const message = answeredMessage(click.message, click.blockId, outcome, click.user);
    void this.#respond(click, message ?? note(outcomeText(outcome, click.user)));
  }

  /** Never rejects: the click has had its effect whether or not Slack shows it. */
  async #respond({ responseUrl }: Click, message: object): Promise<void> {
    if (responseUrl === null) return;
    let sender: HttpSender | undefined;
    try {
      const path = 'slack.response_url';
      checkedUrl(path, responseUrl, this.#allowedHosts);
      sender = new HttpSender(path, { url: responseUrl });
      const signal = AbortSignal.timeout(responseTimeoutMillis);
      await sender.post(JSON.stringify(message), {}, { signal, now: this.#now });
    } catch (error) {
      this.#counts.answersLost += 1;
      this.#onError(error);
    } finally {
      await sender?.close();
    }
  }
}

/** Only the person who clicked sees it. */
function note(text: string): object {
  return { response_type: 'ephemeral', replace_original: false, text };
}

/** The first click on a button of ours; null: there is none. */
function clickIn(payload: Readonly<Record<string, unknown>>): Click | null {
  if (payload['type'] !== 'block_actions' || !Array.isArray(payload['actions'])) return null;
  for (const one of payload['actions'] as readonly unknown[]) {
    const fields = asObject(one) ?? {};
    const { action_id: actionId, value, block_id: blockId } = fields;
    const action = actionOf(actionId);
    const [, episode, alertId] =
      (typeof value === 'string' ? /^(\d{1,15}):(.+)$/s.exec(value) : null) ?? [];
    if (action === null || episode === undefined || alertId === undefined) continue;
    const responseUrl = payload['response_url'];
    return {
      action,
      alertId,
      episode: Number(episode),
      blockId: typeof blockId === 'string' ? blockId : '',
      user: userIn(asObject(payload['user']) ?? {}),
      message: asObject(payload['message']),
      responseUrl: typeof responseUrl === 'string' ? responseUrl : null,
    };
  }
  return null;
}

function actionOf(actionId: unknown): Click['action'] | null {
  if (actionId === slackActions.acknowledge) return 'acknowledge';
  return actionId === slackActions.resolve ? 'resolve' : null;
}

function userIn({ id, name, username }: Readonly<Record<string, unknown>>): SlackUser {
  const known = typeof id === 'string' && /^[A-Z0-9]{1,32}$/.test(id) ? id : null;
  const called = [name, username, known].find((text) => typeof text === 'string' && text !== '');
  return { id: known, name: cutText(typeof called === 'string' ? called : 'somebody', 80) };
}
