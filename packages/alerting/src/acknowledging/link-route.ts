import type { Alert } from '../alert.js';
import type { AlertingSystem } from '../alerting-system.js';
import type { HttpCall, HttpReply } from '../http/http-handler.js';
import { cutText } from '../text-cut.js';
import type { AckLinks, LinkClaim } from './ack-links.js';
import { ackPage, type AckPage } from './ack-page.js';
import type { AcknowledgementCounts } from './acknowledgement-handler.js';

/**
 * Answers a link of `AckLinks`. To open it changes nothing, since mail scanners and previews of chats
 * open links too; only the button of its page does.
 */
export async function answerLink(
  call: HttpCall,
  links: AckLinks,
  alerting: Pick<AlertingSystem, 'acknowledge' | 'resolve' | 'alert'>,
  counts: AcknowledgementCounts,
): Promise<HttpReply> {
  const { method } = call;
  if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') {
    return { status: 405, headers: { allow: 'GET, HEAD, POST' } };
  }
  const verdict = links.verify(call.query);
  if (verdict.kind !== 'valid') {
    counts.refused += 1;
    return ackPage(verdict.kind === 'forged' ? forged : expired);
  }
  const { claim } = verdict;
  const ref = { id: claim.alertId };
  if (method !== 'POST') return ackPage(question(claim, await alerting.alert(ref)));
  const by = nameIn((await call.body()).toString());
  const changed = await alerting[claim.action](ref, { by, episode: claim.episode });
  if (changed !== null) {
    counts[changed.status === 'resolved' ? 'resolved' : 'acknowledged'] += 1;
    return ackPage({ status: 200, title: `${done[claim.action]}.`, lines: about(changed) });
  }
  counts.unchanged += 1;
  const alert = await alerting.alert(ref);
  return ackPage(
    obstacle(claim, alert) ?? { ...unclear, lines: alert === null ? [] : about(alert) },
  );
}

const done = { acknowledge: 'Acknowledged', resolve: 'Resolved' } as const;
const button = { acknowledge: 'Acknowledge', resolve: 'Resolve' } as const;

const forged: AckPage = {
  status: 403,
  title: 'This link is not valid',
  lines: ['It was not made here, or it is incomplete. Nothing was changed.'],
};

const expired: AckPage = {
  status: 410,
  title: 'This link has expired',
  lines: ['Nothing was changed. A later notification of the same alert has a fresh link.'],
};

const over: AckPage = {
  status: 410,
  title: 'This incident is over',
  lines: ['The link was for an earlier incident of this alert. Nothing was changed.'],
};

const unclear = { status: 409, title: 'Nothing was changed' };

function question(claim: LinkClaim, alert: Alert | null): AckPage {
  const problem = obstacle(claim, alert);
  if (problem !== null) return problem;
  return {
    status: 200,
    title: `${button[claim.action]} this alert?`,
    lines: alert === null ? [] : about(alert),
    form: { button: button[claim.action] },
  };
}

/** Why the link cannot do what it is for any more; null: it can. */
function obstacle({ episode, action }: LinkClaim, alert: Alert | null): AckPage | null {
  if (alert === null || alert.episode !== episode || alert.status === 'resolved') return over;
  return action === 'acknowledge' ? alreadyAcknowledged(alert) : null;
}

function alreadyAcknowledged(alert: Alert): AckPage | null {
  if (alert.status !== 'acknowledged') return null;
  const at =
    alert.acknowledgedAt === null ? '' : ` at ${new Date(alert.acknowledgedAt).toISOString()}`;
  const lines = [`By ${alert.acknowledgedBy ?? 'somebody'}${at}. Nothing was changed.`];
  return { status: 409, title: 'Already acknowledged', lines: [...lines, ...about(alert)] };
}

function about(alert: Alert): string[] {
  const summary = alert.annotations['summary'];
  return [
    alert.id,
    ...(summary === undefined ? [] : [cutText(summary, 1000)]),
    `${alert.severity}, level ${alert.escalationLevel}, since ${new Date(alert.startsAt).toISOString()}`,
  ];
}

/** The name that somebody gave in the form; the link proves no name. */
function nameIn(body: string): string {
  const given = new URLSearchParams(body).get('by') ?? '';
  const name = cutText(given.replaceAll(/\p{Cc}+/gu, ' ').trim(), 80);
  return name === '' ? 'signed link' : `${name} (signed link)`;
}
