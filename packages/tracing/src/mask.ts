const redacted = '[REDACTED]';

interface Rule {
  readonly pattern: RegExp;
  readonly replace: string | ((match: string) => string);
}

// Every pattern is bounded, so that a hostile text costs linear time. Order matters: what holds a
// secret whole goes before what would match a part of it.
const rules: readonly Rule[] = [
  {
    pattern: /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]{0,8192}?(?:-----END|$)/g,
    replace: redacted,
  },
  { pattern: /\beyJ[\w-]{5,4096}\.[\w-]{1,4096}(?:\.[\w-]{0,4096})?/g, replace: redacted },
  { pattern: /\b(Bearer|Basic)\s{1,4}[\w.~+/=-]{6,4096}/gi, replace: `$1 ${redacted}` },
  // The user and password of a URL.
  {
    pattern: /(:\/\/)[^\s/@:]{0,256}:[^\s/@]{1,256}@/g,
    replace: `$1${redacted}@`,
  },
  // Keys whose issuer gave them a recognisable beginning.
  {
    pattern:
      /\b(?:sk|pk|rk)[-_][\w-]{12,256}|\b(?:gh[pousr]_|github_pat_|glpat-|npm_|hf_|xox[a-z]-|SG\.|AIza|ya29\.)[\w.-]{10,256}|\b(?:AKIA|ASIA)[A-Z0-9]{12,32}/g,
    replace: redacted,
  },
  {
    pattern:
      /\b((?:[\w-]{0,32}[_-])?(?:api[_-]?key|access[_-]?key|secret[_-]?key|token|secret|passw(?:or)?d|pwd|credential|authorization)["']?\s{0,4}[:=]\s{0,4}["']?)(?!\[REDACTED\]|Bearer |Basic )[^\s"',;&}\]]{3,512}/gi,
    replace: `$1${redacted}`,
  },
  // OpenAI's complaint about a wrong key repeats it after a colon.
  { pattern: /(api key provided: )[^\s"',;]{3,256}/gi, replace: `$1${redacted}` },
  {
    pattern: /[\p{L}\p{N}._%+'-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu,
    replace: '[EMAIL]',
  },
  {
    pattern: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/g,
    replace: (match) => (isIban(match) ? '[IBAN]' : match),
  },
  {
    pattern: /(?<![\w.])\d(?:[ -]?\d){12,18}(?!\w)/g,
    replace: (match) => (isCardNumber(match) ? '[CARD]' : match),
  },
  { pattern: /(?<![\w-])\d{3}[- ]\d{2}[- ]\d{4}(?![\w-])/g, replace: '[SSN]' },
  { pattern: /(?<!\w)\+\d[\d ().-]{6,18}\d(?!\w)/g, replace: '[PHONE]' },
];

/**
 * Replaces what looks like a secret or like personal data: e-mail addresses, card numbers, IBANs,
 * US social security numbers, international telephone numbers, bearer and basic credentials, JSON web
 * tokens, private keys, API keys, passwords in URLs and in `name=value` pairs.
 *
 * Patterns recognise forms, not meaning: a name or an address in a sentence stays.
 */
export function maskText(text: string): string {
  let masked = text;
  for (const { pattern, replace } of rules) {
    masked =
      typeof replace === 'string'
        ? masked.replace(pattern, replace)
        : masked.replace(pattern, replace);
  }
  return masked;
}

/** Masks a text of any length in bounded time: what is beyond `maxLength` characters is cut off. */
export function maskBounded(
  text: string,
  maxLength: number,
  mask: (text: string) => string = maskText,
): string {
  if (text.length <= maxLength) return mask(text);
  // The cut comes after the masking, so that it cannot leave half of a secret unrecognised.
  return `${mask(text.slice(0, maxLength + 512)).slice(0, maxLength)}…`;
}

/** The Luhn checksum. */
function isCardNumber(text: string): boolean {
  let sum = 0;
  let double = false;
  for (let i = text.length - 1; i >= 0; i--) {
    let digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) continue;
    if (double) {
      digit *= 2;
      if (digit > 9) digit -= 9;
    }
    sum += digit;
    double = !double;
  }
  return sum % 10 === 0;
}

/** The checksum of ISO 13616: the rearranged number leaves 1 modulo 97. */
function isIban(text: string): boolean {
  const compact = text.replaceAll(' ', '');
  let remainder = 0;
  for (const char of compact.slice(4) + compact.slice(0, 4)) {
    const value = parseInt(char, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}
