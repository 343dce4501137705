// Matched against the key's words: `x-api-key`, `openaiApiKey` and `OPENAI_API_KEY` all contain
// `_api_key_`. Numbers under the first list are secrets too (a PIN-like password, a CVV).
const always = [
  'password|passwd|passwords|pwd|passphrase|passcode|authorization|cvv|cvc|ssn|card_number',
  'social_security(?:_number)?|credit_card|creditcard|cardnumber|otp',
  'api_keys?|apikeys?|private_key|access_key|secret_key|signing_key|encryption_key|master_key',
  'account_key|shared_key|ssh_key|privatekey|accesskey|secretkey|jwt|connection_string',
];
// `tokens: 12`, `secrets_found: 3` and `time_to_first_token: 0.2` are figures, not secrets.
const unlessFigure = [
  'secret|secrets|credential|credentials|cookie|cookies|bearer',
  '(?:access|refresh|auth|id|session|api|bearer|csrf|xsrf)_tokens',
];

// What was said to a model and what it said, by the names that people and OpenTelemetry give it.
const content =
  /_(?:prompts?|completions?|system_instructions?)_$|^_(?:gen_ai_)?(?:input|output|chat)_messages_$/;

/** Which names of keys are those of secrets. */
export interface SecretKeyOptions {
  /** More key names to mask, in any spelling: `user_email` also masks `userEmail` and `X-User-Email`. */
  readonly keys?: readonly string[] | undefined;
  /** Key names never to mask, although they look like a secret's. Default: none. */
  readonly except?: readonly string[] | undefined;
  /** Whether prompts and completions are written. Default: false. */
  readonly content?: boolean | undefined;
}

/** Says whether the value under a key is a secret. */
export type SecretKeyTest = (key: string, value: unknown) => boolean;

type Verdict = 'no' | 'ifChat' | 'unlessFigure' | 'always';

/** Compiles the well-known names and the user's into one test. */
export function secretKeyTest(options: SecretKeyOptions = {}): SecretKeyTest {
  const own = (options.keys ?? []).map((key) => words(key));
  const alwaysPattern = new RegExp(`_(?:${[...always, ...own].join('|')})_`);
  const figurePattern = new RegExp(`_(?:${unlessFigure.join('|')})_|_token_$|^_(?:x_)?auth_$`);
  const except = new Set((options.except ?? []).map((key) => words(key)));
  const verdicts = new Map<string, Verdict>();

  function judge(key: string): Verdict {
    const name = words(key);
    if (except.has(name)) return 'no';
    if (alwaysPattern.test(`_${name}_`)) return 'always';
    if (figurePattern.test(`_${name}_`)) return 'unlessFigure';
    if (options.content === true) return 'no';
    if (name === 'messages') return 'ifChat';
    return content.test(`_${name}_`) ? 'unlessFigure' : 'no';
  }

  return (key, value) => {
    if (value === undefined || value === null || typeof value === 'boolean') return false;
    let verdict = verdicts.get(key);
    if (verdict === undefined) {
      verdict = judge(key);
      // Keys come from users' data as well: the memory of them is bounded.
      if (verdicts.size < 2000 && key.length < 100) verdicts.set(key, verdict);
    }
    if (verdict === 'no') return false;
    if (verdict === 'ifChat') return isChat(value);
    return verdict === 'always' || (typeof value !== 'number' && typeof value !== 'bigint');
  };
}

/** Whether these are messages as model clients take and give them. */
function isChat(value: unknown): boolean {
  const first: unknown = Array.isArray(value) ? value[0] : undefined;
  return typeof first === 'object' && first !== null && 'role' in first;
}

/** `X-Api-Key`, `apiKey` and `API_KEY` are the same words: `x_api_key`, `api_key`. */
export function words(key: string): string {
  return key
    .slice(0, 256)
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_|_$/g, '');
}
