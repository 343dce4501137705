import { isCardNumber } from './card-number.js';

/** What was found in a text: it names the mark that takes its place. */
export type SecretKind = 'secret' | 'email' | 'card' | 'ssn';

/** What stands in a text instead of a secret. */
export type Mark = (kind: SecretKind, secret: string) => string;

interface SecretPattern {
  readonly kind: SecretKind;
  /** Linear in its input. Without groups all of it is the secret; with them the secret is the second. */
  readonly pattern: RegExp;
  /** Whether what looks like a secret is one; default: it is. */
  readonly isSecret?: (secret: string, before: string) => boolean;
}

/** Names before `=` or `:` whose value is a secret. */
export const named =
  'passw(?:or)?d|passphrase|passcode|pwd|(?<![\\w-])pass(?==)|secret|token|api[_-]?key|access[_-]?key|' +
  'secret[_-]?key|private[_-]?key|signing[_-]?key|account[_-]?key|access[_-]?key[_-]?id|credentials?|' +
  'jwt|ssn|cvv|cvc';
/** Names of URL parameters whose value is a secret. */
export const parameters =
  'key|sig|signature|x-amz-signature|x-amz-credential|x-goog-signature|auth|auth_?key|sid|session|' +
  'session_?id|code|otp';
const schemes = 'bearer|basic|token|negotiate|ntlm|apikey|hmac';
/** A quote may itself be escaped: JSON inside JSON. */
const quote = '\\\\{0,2}["\']';
const assign = '\\s{0,4}(?:=>|[=:])\\s{0,4}';
/** Up to the closing quote, or to the end of the word. */
const value =
  '(?<=\\\\")(?:[^"\\\\]|\\\\[^"])+|(?<=")(?:[^"\\\\]|\\\\.)+|(?<=\')(?:[^\'\\\\]|\\\\.)+|' +
  '(?<!["\'])[^\\s"\'&,;\\\\)}\\]]+';

const patterns: readonly SecretPattern[] = [
  {
    kind: 'secret',
    pattern:
      /-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----|$)/g,
  },
  {
    kind: 'secret',
    pattern: /(:\/\/)([^\s/?#"'<>\\]{1,512})(?=@)/g,
    isSecret: (user) => user !== 'git' && isUnmarked(user),
  },
  {
    kind: 'secret',
    pattern: new RegExp(
      `(authorization(?:${quote})?${assign}(?:${quote})?(?:(?:${schemes})\\s{1,4})?)` +
        `(\\[[^\\]]{1,4096}|(?:digest|aws4-hmac-sha256)\\s[^\\r\\n]+|[^\\s"',;})\\\\\\]]+)`,
      'gi',
    ),
    isSecret: isUnmarked,
  },
  {
    kind: 'secret',
    pattern: new RegExp(
      `(cookie(?:${quote})?${assign}(?:${quote})?)` +
        `(\\[[^\\]]{1,4096}|[^\\s=;"']{1,256}=[^\\r\\n"'}\\]\\\\]*|[^\\s"',;})\\\\\\]]+)`,
      'gi',
    ),
    isSecret: isUnmarked,
  },
  {
    kind: 'secret',
    pattern: /\b(bearer\s{1,8})([\w.~+/-]{8,}=*)/gi,
    isSecret: (value) =>
      !/^(?:authentication|authorization|certificates?|credentials?)$/i.test(value),
  },
  {
    kind: 'secret',
    pattern: /\b(basic\s{1,8})([a-z0-9+/]{8,512}={0,2})/gi,
    isSecret: (value) => !/^[a-z]+$/.test(value) && Buffer.from(value, 'base64').includes(':'),
  },
  { kind: 'secret', pattern: /\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*){0,3}/g },
  { kind: 'secret', pattern: /\bsk-[\w*-]{8,}/g },
  { kind: 'secret', pattern: /\b(?:[spr]k_(?:live|test|prod)_\w{8,}|sk_[a-zA-Z0-9]{20,})/g },
  { kind: 'secret', pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g },
  {
    kind: 'secret',
    pattern:
      /\b(?:gh[pousr]_[a-zA-Z0-9]{16,}|github_pat_\w{16,}|(?:npm|hf|gsk|r8)_[a-zA-Z0-9]{20,}|whsec_[\w+/-]{16,}=*)/g,
  },
  {
    kind: 'secret',
    pattern: /\b(?:glpat-[\w-]{16,}|xox[a-z]-[\w-]{10,}|(?:xai|pplx|nvapi)-[\w-]{20,})/g,
  },
  { kind: 'secret', pattern: /\b(?:AIza[\w-]{16,}|ya29\.[\w-]{16,}|SG\.[\w-]{16,}\.[\w-]{16,})/g },
  {
    kind: 'secret',
    pattern: new RegExp(`((?:${named})(?:${quote})?${assign}(?:${quote})?)(${value})`, 'gi'),
    isSecret: isAssigned,
  },
  {
    kind: 'secret',
    pattern: new RegExp(`([?&;](?:${parameters})=)([^&#\\s"'<>\\\\]{6,})`, 'gi'),
    isSecret: isUnmarked,
  },
  {
    kind: 'email',
    pattern:
      /[\p{L}\p{N}_.%+'-]{0,63}[\p{L}\p{N}_.%+-](?:@|%40)(?!\dx\.)[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){0,7}\.\p{L}{2,24}(?![\p{L}\p{N}])/gu,
    isSecret: (address) => !address.startsWith('git@'),
  },
  { kind: 'ssn', pattern: /(?<![\w.-])(?!000|666)\d{3}-\d{2}-\d{4}(?![\w-])/g },
  {
    kind: 'card',
    pattern: /(?<![\w.-])[2-6]\d{3}[ -]?\d{2}(?:[ -]?\d){7,13}(?![\w-])/g,
    isSecret: isCardNumber,
  },
];

/** Masks e-mail addresses, card and social security numbers, credentials, API keys, tokens and passwords. */
export function maskPatterns(text: string, mark: Mark): string {
  let masked = text;
  for (const { kind, pattern, isSecret } of patterns) {
    masked = masked.replace(pattern, (whole: string, ...groups: unknown[]) => {
      const [before, secret] = groups;
      const apart = typeof before === 'string' && typeof secret === 'string';
      const found = apart ? secret : whole;
      if (isSecret?.(found, apart ? before : '') === false) return whole;
      return apart ? before + mark(kind, found) : mark(kind, found);
    });
  }
  return masked;
}

const nothing = /^(?:true|false|null|undefined|none|required|missing|invalid|denied|failed)$/i;

/** Whether no earlier pattern has left its mark there. */
function isUnmarked(found: string): boolean {
  return !/^\[(?:secret|email|card|ssn|redacted)\b/.test(found) && !nothing.test(found);
}

/** `token: 12` and `unexpected token: foo` are no secrets. */
function isAssigned(found: string, before: string): boolean {
  if (!isUnmarked(found)) return false;
  const prose = /(token|secret|credentials?):\s*$/i.exec(before);
  if (prose === null) return true;
  if (/^\d+(?:\.\d+)?[a-z%]{0,2}$/.test(found)) return false;
  return !/^token:\s/i.test(prose[0]) || !/^[a-z]{1,12}$/i.test(found);
}
