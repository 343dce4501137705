import { findPhoneNumbersInText } from 'libphonenumber-js';
import { isIPv4, isIPv6 } from 'node:net';
import type { Category, Detection, Detector } from './detector.js';

interface Pattern {
  readonly category: Category;
  readonly expression: RegExp;
  /** Confidence where the check holds; undefined where it does not, so that the match is dropped. */
  readonly confidence: (match: string) => number | undefined;
}

// Quantifiers are bounded: a hostile text costs time in proportion to its length.
const patterns: readonly Pattern[] = [
  {
    category: 'email_address',
    expression:
      /(?<![\w.+-])[\w.+-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?\.){1,8}[a-z]{2,24}(?![\w-])/gi,
    confidence: () => 0.98,
  },
  {
    category: 'payment_card',
    expression: /(?<![\d.-])\d(?:[ -]?\d){12,18}(?![\d-])/g,
    confidence: (match) => (isCard(digitsOf(match)) ? 0.99 : undefined),
  },
  {
    category: 'iban',
    expression: /(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Z0-9])/g,
    confidence: (match) => (isIban(match.replaceAll(' ', '')) ? 0.99 : undefined),
  },
  {
    category: 'us_ssn',
    expression: /(?<![\d-])(?!000|666|9\d\d)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\d-])/g,
    confidence: () => 0.9,
  },
  {
    category: 'ip_address',
    expression:
      /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?![\w:]|\.\d)/gi,
    confidence: (match) =>
      isIPv4(match) ? 0.95 : isIPv6(match) && match.length > 6 ? 0.9 : undefined,
  },
];

/** Structured personal data: patterns with checksums where the format has one, and phone numbers. */
export const piiDetector: Detector = {
  name: 'pii',
  version: '1',
  detect: (text) => {
    const found: Detection[] = [];
    for (const { category, expression, confidence } of patterns) {
      for (const match of text.matchAll(expression)) {
        const sure = confidence(match[0]);
        if (sure === undefined) continue;
        const span = { start: match.index, end: match.index + match[0].length };
        // A card number may look like a longer IBAN's tail: the first category that claims a place keeps it.
        if (!found.some((other) => overlaps(other.span, span)))
          found.push({ category, confidence: sure, span });
      }
    }
    for (const phone of findPhoneNumbersInText(text, 'US')) {
      const span = { start: phone.startsAt, end: phone.endsAt };
      if (found.some((other) => overlaps(other.span, span))) continue;
      // Without a country code the number is read as American, which is a guess.
      const confidence = text[phone.startsAt] === '+' ? 0.95 : 0.75;
      found.push({ category: 'phone_number', confidence, span });
    }
    return found;
  },
};

function overlaps(a: Detection['span'], b: Detection['span']): boolean {
  return a.start < b.end && b.start < a.end;
}

function digitsOf(text: string): string {
  return text.replace(/\D/g, '');
}

/** Luhn's checksum, over lengths and first digits that card networks issue. */
export function isCard(digits: string): boolean {
  if (digits.length < 13 || digits.length > 19 || !/^[2-6]/.test(digits)) return false;
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = Number(digits[digits.length - 1 - at]);
    const doubled = at % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** ISO 13616: the number modulo 97 is 1 once its head is moved to its end. */
export function isIban(text: string): boolean {
  if (text.length < 15 || text.length > 34) return false;
  const moved = text.slice(4) + text.slice(0, 4);
  let rest = 0;
  for (const character of moved) {
    for (const digit of String(parseInt(character, 36))) rest = (rest * 10 + Number(digit)) % 97;
  }
  return rest === 1;
}
