import type { Alert } from '../alert.js';
import { asObject } from '../http/json-object.js';
import { markdown, slackActions } from '../channels/slack-message.js';

/** What became of a click. */
export interface SlackOutcome {
  readonly changed: boolean;
  /** The alert now; null: unknown. */
  readonly alert: Alert | null;
  /** The episode that the button was for. */
  readonly episode: number;
}

/** Who clicked. */
export interface SlackUser {
  /** `U…`; null: Slack did not say. */
  readonly id: string | null;
  readonly name: string;
}

/** One line about a click, in Slack's markup. */
export function outcomeText({ changed, alert, episode }: SlackOutcome, user: SlackUser): string {
  const who = user.id === null ? plain(user.name) : `<@${user.id}>`;
  if (alert === null || alert.episode !== episode)
    return 'This incident is over: nothing was changed.';
  if (changed) return `${alert.status === 'resolved' ? 'Resolved' : 'Acknowledged'} by ${who}`;
  if (alert.status === 'resolved') return 'Already resolved: nothing was changed.';
  return `Already acknowledged by ${plain(alert.acknowledgedBy ?? 'somebody')}: nothing was changed.`;
}

/**
 * The message in place of the one that was clicked: without the buttons that have done their work, with
 * a line about who did what. Null when there is no message to replace.
 */
export function answeredMessage(
  message: Readonly<Record<string, unknown>> | null,
  blockId: string,
  outcome: SlackOutcome,
  user: SlackUser,
): object | null {
  const blocks = message?.['blocks'];
  if (!Array.isArray(blocks)) return null;
  const line = outcomeText(outcome, user);
  const context = { type: 'context', elements: [{ type: 'mrkdwn', text: line, verbatim: true }] };
  const { alert, episode } = outcome;
  const isOver = alert === null || alert.episode !== episode || alert.status === 'resolved';
  const answered = (blocks as readonly unknown[]).flatMap((block): unknown[] => {
    const fields = asObject(block);
    if (fields?.['block_id'] !== blockId) return [block];
    const elements = isOver ? [] : withoutAcknowledge(fields['elements']);
    return elements.length === 0 ? [context] : [context, { ...fields, elements }];
  });
  const text = message?.['text'];
  return {
    replace_original: true,
    text: typeof text === 'string' && text !== '' ? text : line,
    // A message that is full keeps its first blocks.
    blocks: answered.slice(0, 50),
  };
}

function withoutAcknowledge(elements: unknown): unknown[] {
  if (!Array.isArray(elements)) return [];
  return (elements as unknown[]).filter(
    (element) => asObject(element)?.['action_id'] !== slackActions.acknowledge,
  );
}

function plain(text: string): string {
  return (markdown(text) as { readonly text: string }).text;
}
