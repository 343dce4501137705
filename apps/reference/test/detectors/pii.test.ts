import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCard, isIban, piiDetector } from '../../src/detectors/pii.js';

const find = async (text: string): Promise<[string, string][]> =>
  (await piiDetector.detect(text)).map(({ category, span }) => [
    category,
    text.slice(span.start, span.end),
  ]);

describe('the personal data detector', () => {
  it.each([
    ['write to jane.roe+x@mail.example.co.uk.', 'email_address', 'jane.roe+x@mail.example.co.uk'],
    ['card 4111 1111 1111 1111 please', 'payment_card', '4111 1111 1111 1111'],
    ['card 378282246310005.', 'payment_card', '378282246310005'],
    ['to DE89 3704 0044 0532 0130 00 today', 'iban', 'DE89 3704 0044 0532 0130 00'],
    ['to GB29NWBK60161331926819', 'iban', 'GB29NWBK60161331926819'],
    ['SSN 219-09-9999', 'us_ssn', '219-09-9999'],
    ['host 203.0.113.42 is down', 'ip_address', '203.0.113.42'],
    ['host 2001:db8::8a2e:370:7334 is down', 'ip_address', '2001:db8::8a2e:370:7334'],
    ['call +44 20 7946 0958 now', 'phone_number', '+44 20 7946 0958'],
  ])('finds in "%s" one %s at its place', async (text, category, value) => {
    expect(await find(text)).toEqual([[category, value]]);
  });

  it.each([
    ['a card number with a wrong digit', '4111 1111 1111 1112'],
    ['an IBAN with a wrong check digit', 'DE88 3704 0044 0532 0130 00'],
    ['an SSN that was never issued', '000-12-3456 and 666-12-3456 and 912-12-3456'],
    ['an IP address that is none', '999.1.1.1 and 1.2.3.4.5'],
    ['a time and a ratio', 'at 10:30:45 the score was 3:2'],
    ['a name with an at sign', 'follow @jane on the usual places'],
  ])('does not take %s for the real thing', async (_what, text) => {
    expect(await find(text)).toEqual([]);
  });

  it('reports each place once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({
          unit: fc.constantFrom(...Array.from('0123456789 -.:@DE+abc')),
          maxLength: 300,
        }),
        async (text) => {
          const spans = (await piiDetector.detect(text))
            .map(({ span }) => span)
            .sort((a, b) => a.start - b.start);
          for (const [index, span] of spans.entries()) {
            expect(span.start).toBeGreaterThanOrEqual(spans[index - 1]?.end ?? 0);
            expect(span.end).toBeLessThanOrEqual(text.length);
          }
        },
      ),
    );
  });
});

describe('the checksums', () => {
  it('accept exactly one last digit of a card number', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[2-6]\d{14}$/), (head) => {
        expect(Array.from('0123456789').filter((digit) => isCard(head + digit))).toHaveLength(1);
      }),
    );
  });

  it('notice two digits of an IBAN that changed places', () => {
    expect(isIban('DE89370400440532013000')).toBe(true);
    expect(isIban('DE89370400440532031000')).toBe(false);
  });
});
