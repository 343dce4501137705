import { describe, expect, it } from 'vitest';
import { requestGone, withoutSentText } from '../src/sent-text.js';

describe('withoutSentText', () => {
  it('takes out what repeats the request, wherever in it that stands', () => {
    const sent = { messages: [{ role: 'user', content: [{ text: 'Mrs. Doe of Elm Street' }] }] };
    expect(withoutSentText('Refused: "Mrs. Doe of Elm Street" is a name', sent)).toBe(
      'Refused: "[PROMPT]" is a name',
    );
  });

  it('takes out a part of a text, as of a message that was cut', () => {
    const sent = 'the quick brown fox jumps over the lazy dog';
    for (let from = 0; from < 20; from++) {
      const part = sent.slice(from, from + 11);
      expect(withoutSentText(`<${part}>`, sent)).not.toContain(part);
    }
  });

  it('takes out every number of 11 characters at whichever place it stood', () => {
    for (let indent = 0; indent < 12; indent++) {
      const sent = { input: `${'x'.repeat(indent)}123-45-6789 and more` };
      expect(withoutSentText('bad input: 123-45-6789', sent)).not.toMatch(/\d{3}/);
    }
  });

  it('takes out the pieces of a text that the message has escaped', () => {
    const sent = 'first secret line\nsecond "secret" line of text';
    const cleaned = withoutSentText(`bad: ${JSON.stringify(sent)}`, sent);
    expect(cleaned).not.toMatch(/first secret|line of text/);
  });

  it('takes out short texts whole, and leaves the names of models and roles', () => {
    expect(withoutSentText('wrong: hunter2', ['hunter2'])).toBe('wrong: [PROMPT]');
    const sent = { model: 'gpt-unheard-of', messages: [{ role: 'assistant', content: 'ok' }] };
    const message = 'The model gpt-unheard-of does not exist for role assistant';
    expect(withoutSentText(message, sent)).toBe(message);
  });

  it('leaves a message that repeats nothing', () => {
    expect(withoutSentText('rate limit reached', { input: 'hello there, world' })).toBe(
      'rate limit reached',
    );
    expect(withoutSentText('', 'x')).toBe('');
  });

  it('keeps nothing of a message that it cannot compare', () => {
    expect(withoutSentText('secret', requestGone)).toMatch(/^\[withheld/);
    expect(withoutSentText('secret', 'x'.repeat(300_000))).toMatch(/^\[withheld/);
    const deep: unknown = Array.from({ length: 20 }).reduce((inner) => [inner], 'secret');
    expect(withoutSentText('secret', deep)).toMatch(/^\[withheld/);
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    expect(withoutSentText('secret', circular)).toMatch(/^\[withheld/);
  });

  it('takes bounded time for texts made to take long', () => {
    const startedAt = performance.now();
    withoutSentText('a'.repeat(4608), 'a'.repeat(262_000));
    withoutSentText('ab'.repeat(2304), 'ba'.repeat(131_000));
    withoutSentText('abcdef'.repeat(768), 'abcdeg'.repeat(43_000));
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});
