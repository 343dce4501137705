// Applied to the texts of errors, which people do not write themselves: a provider's message
// repeats the request, a driver's the connection string. Every pattern is linear in its input.
const patterns: readonly (readonly [RegExp, string])[] = [
  [
    /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g,
    '[secret]',
  ],
  [/([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/@:]{0,256}:[^\s/@]{1,256}@/gi, '$1[secret]@'],
  [/\b(bearer|basic)\s+[\w.~+/-]{8,}=*/gi, '$1 [secret]'],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, '[secret]'],
  [/\b(?:sk|pk|rk)[-_][\w*-]{8,}/g, '[secret]'],
  [/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g, '[secret]'],
  [/\b(?:gh[pousr]_|github_pat_|glpat-|npm_|hf_|xox[a-z]-|AIza)[\w-]{16,}/g, '[secret]'],
  [
    /\b(passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|authorization)(["']?\s{0,4}[=:]\s{0,4}["']?)(?!\[secret\]|bearer |basic )[^\s"'&,;]{3,}/gi,
    '$1$2[secret]',
  ],
  [/[\w.%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,7}\.[a-z]{2,24}\b/gi, '[email]'],
  [/\b\d{3}-\d{2}-\d{4}\b/g, '[ssn]'],
];

const cardLike = /(?<![\w.-])[2-6]\d{3}(?:[ -]?\d){9,15}(?![\w-])/g;

/** Masks e-mail addresses, card and social security numbers, bearer tokens, API keys and passwords. */
export function maskText(text: string): string {
  let masked = text;
  for (const [pattern, mask] of patterns) masked = masked.replace(pattern, mask);
  return masked.replace(cardLike, (digits) => (passesLuhn(digits) ? '[card]' : digits));
}

function passesLuhn(text: string): boolean {
  let sum = 0;
  let double = false;
  for (let i = text.length - 1; i >= 0; i--) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) continue;
    sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
    double = !double;
  }
  return sum % 10 === 0;
}
