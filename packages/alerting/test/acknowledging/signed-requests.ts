import { createHmac } from 'node:crypto';
import { slackActions } from '../../src/index.js';

function hmac(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}

/** An event as PagerDuty posts it. */
export function pagerDutyEvent(
  incidentKey: string,
  change: Partial<Record<'id' | 'event_type' | 'occurred_at', string>> & { agent?: unknown } = {},
): string {
  return JSON.stringify({
    event: {
      id: '01BZ5E3V4NPQRST',
      event_type: 'incident.acknowledged',
      resource_type: 'incident',
      occurred_at: new Date().toISOString(),
      agent: { id: 'PXPGF42', type: 'user_reference', summary: 'Ann Example' },
      client: null,
      data: { id: 'PT4KHLK', type: 'incident', incident_key: incidentKey, status: 'acknowledged' },
      ...change,
    },
  });
}

/** The request that brings it, signed with a secret. */
export function pagerDutyRequest(body: string, secret: string, also = ''): RequestInit {
  const signature = `v1=${hmac(secret, body)}`;
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-pagerduty-signature': also === '' ? signature : `${also},${signature}`,
    },
    body,
  };
}

/** A click on a button of ours, as Slack posts it. */
export function slackClick(
  value: string,
  change: Readonly<Record<string, unknown>> = {},
  action: keyof typeof slackActions = 'acknowledge',
): string {
  const payload = {
    type: 'block_actions',
    user: { id: 'U123', username: 'ann', name: 'ann', team_id: 'T1' },
    actions: [{ type: 'button', action_id: slackActions[action], block_id: 'b1', value }],
    ...change,
  };
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}

/** The request that brings it, signed with a secret at a time in seconds. */
export function slackRequest(
  body: string,
  secret: string,
  seconds = Math.floor(Date.now() / 1000),
): RequestInit {
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': String(seconds),
      'x-slack-signature': `v0=${hmac(secret, `v0:${seconds}:${body}`)}`,
    },
    body,
  };
}
