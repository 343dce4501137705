import type { Alert } from '../alert.js';
import type { AlertingSystem } from '../alerting-system.js';
import { durationMillis, type Duration } from '../duration.js';
import type { HttpCall, HttpReply } from '../http/http-handler.js';
import { asObject, jsonObject } from '../http/json-object.js';
import { hashedId, parseDedupKey } from '../channels/pagerduty-key.js';
import { checkedSecrets, isSignedBy, type SigningSecret } from '../http/signing-secret.js';
import { cutText } from '../text-cut.js';
import type { AcknowledgementCounts } from './acknowledgement-handler.js';
import { ReplayMemory } from './replay-memory.js';

/** Whose webhooks are taken. */
export interface PagerDutyWebhookOptions {
  /** What PagerDuty showed when the webhook subscription was made; one for each subscription. */
  readonly secret: SigningSecret;
  /** An event that occurred longer ago is refused. Default 24 hours: PagerDuty repeats what was missed. */
  readonly maxAge?: Duration;
}

type Acknowledging = Pick<AlertingSystem, 'acknowledge' | 'resolve' | 'active'>;

/** An incident event, as far as it is read. */
interface IncidentEvent {
  readonly id: string;
  readonly type: string;
  readonly occurredAt: number;
  readonly incidentKey: string | null;
  readonly by: string;
}

/** Takes PagerDuty's v3 webhooks: what is done to an incident there is done to its alert. */
export class PagerDutyWebhook {
  readonly #secrets: readonly string[];
  readonly #maxAgeMillis: number;
  readonly #alerting: Acknowledging;
  readonly #counts: AcknowledgementCounts;
  readonly #now: () => number;
  readonly #seen: ReplayMemory;

  constructor(
    options: PagerDutyWebhookOptions,
    alerting: Acknowledging,
    counts: AcknowledgementCounts,
    now: () => number,
  ) {
    this.#secrets = checkedSecrets('pagerDuty.secret', options.secret);
    this.#maxAgeMillis = durationMillis('pagerDuty.maxAge', options.maxAge ?? '24h', 1000);
    this.#alerting = alerting;
    this.#counts = counts;
    this.#now = now;
    this.#seen = new ReplayMemory(this.#maxAgeMillis);
  }

  async answer(call: HttpCall): Promise<HttpReply> {
    if (call.method !== 'POST') return { status: 405, headers: { allow: 'POST' } };
    const body = await call.body();
    if (!this.#isSigned(body, call.header('x-pagerduty-signature') ?? '')) {
      return this.#refuse(401, 'the signature is not of a known secret');
    }
    const event = incidentEvent(body.toString());
    if (event === null) return this.#refuse(400, 'not an event of PagerDuty webhooks, version 3');
    const now = this.#now();
    if (now - event.occurredAt > this.#maxAgeMillis)
      return this.#refuse(400, 'the event is too old');
    // PagerDuty sends again what it takes for lost: it must hear yes.
    if (this.#seen.has(event.id, now)) {
      this.#counts.refused += 1;
      return outcome('repeated');
    }
    const done = await this.#apply(event);
    // Only now: what failed is sent again, and is not a replay then.
    this.#seen.add(event.id, now);
    this.#counts[done] += 1;
    return outcome(done);
  }

  #isSigned(body: Buffer, header: string): boolean {
    const signatures = header.split(',').slice(0, 16);
    return signatures.some((signature) => {
      const [, hex = ''] = /^v1=([0-9a-f]+)$/.exec(signature.trim()) ?? [];
      return isSignedBy(this.#secrets, [body], hex);
    });
  }

  #refuse(status: number, error: string): HttpReply {
    this.#counts.refused += 1;
    return { status, body: { error } };
  }

  async #apply(
    event: IncidentEvent,
  ): Promise<'acknowledged' | 'resolved' | 'unchanged' | 'ignored'> {
    const action = actions.get(event.type);
    const named = event.incidentKey === null ? null : parseDedupKey(event.incidentKey);
    if (action === undefined || named === null) return 'ignored';
    const id = named.hashed ? await this.#find(named.id) : named.id;
    if (id === null) return 'unchanged';
    const change = { by: event.by, episode: named.episode };
    const changed = await this.#alerting[action]({ id }, change);
    if (changed === null) return 'unchanged';
    return action === 'resolve' ? 'resolved' : 'acknowledged';
  }

  /** The alert behind a key that was too long to be one: looked for among those that are active. */
  async #find(hashed: string): Promise<string | null> {
    let page: string | null = null;
    do {
      const { items, cursor }: { items: readonly Alert[]; cursor: string | null } =
        await this.#alerting.active({ limit: 1000, page });
      const found = items.find(({ id }) => hashedId(id) === hashed);
      if (found !== undefined) return found.id;
      page = cursor;
    } while (page !== null);
    return null;
  }
}

/** Everything else that happens to an incident is PagerDuty's own affair. */
const actions: ReadonlyMap<string, 'acknowledge' | 'resolve'> = new Map([
  ['incident.acknowledged', 'acknowledge'],
  ['incident.resolved', 'resolve'],
]);

function outcome(word: string): HttpReply {
  return { status: 200, body: { outcome: word } };
}

function incidentEvent(body: string): IncidentEvent | null {
  const event = asObject(jsonObject(body)?.['event']);
  if (event === null) return null;
  const { id, event_type: type, occurred_at: at } = event;
  if (typeof id !== 'string' || id === '' || id.length > 200) return null;
  if (typeof type !== 'string' || typeof at !== 'string') return null;
  const occurredAt = Date.parse(at);
  if (Number.isNaN(occurredAt)) return null;
  const incidentKey = asObject(event['data'])?.['incident_key'];
  const who = asObject(event['agent'])?.['summary'];
  return {
    id,
    type,
    occurredAt,
    incidentKey: typeof incidentKey === 'string' ? incidentKey : null,
    by: typeof who === 'string' && who !== '' ? `${cutText(who, 80)} (PagerDuty)` : 'PagerDuty',
  };
}
