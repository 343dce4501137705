/** Escapes what Slack reads as links, mentions and entities, within a limit of the escaped text. */
export function slackText(text: string, maxLength: number): string {
  let escaped = '';
  for (const character of text) {
    const safe = entities.get(character) ?? character;
    if (escaped.length + safe.length > maxLength - 1) return `${escaped}…`;
    escaped += safe;
  }
  return escaped;
}

const entities = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
]);
