import { censorOf, type Censor, type CensorOption } from './censor.js';
import { mayHoldSecret } from './secret-hints.js';
import { secretKeyTest, type SecretKeyOptions, type SecretKeyTest } from './secret-keys.js';
import { maskPatterns } from './secret-patterns.js';
import { compilePaths, type SecretPath } from './secret-paths.js';

/** What is masked, and how. */
export interface RedactOptions extends SecretKeyOptions {
  /** Paths of fields to mask, as in pino: `user.email`, `items[*].card`, `*.ssn`, `headers["x-key"]`. Default: none. */
  readonly paths?: readonly string[] | undefined;
  /** More patterns to mask in texts, as `[secret]`; false looks for no pattern at all. Default: the well-known ones alone. */
  readonly patterns?: readonly RegExp[] | false | undefined;
  /** `mask` leaves a mark, `remove` nothing, `{ hmacKey }` a keyed hash. Default: `mask`. */
  readonly censor?: CensorOption | undefined;
}

/** What masks a record, and nothing where masking is off. */
export interface Masking {
  readonly isSecretKey: SecretKeyTest;
  /** Paths of secrets, from a record's fields down. */
  readonly paths: SecretPath | undefined;
  /** Whether any text is masked by pattern. */
  readonly hasPatterns: boolean;
  /** Whether patterns besides the well-known ones are masked. */
  readonly hasOwnPatterns: boolean;
  /** Whether `maskText` may change a text; false is certain. */
  readonly mayHoldSecret: (text: string) => boolean;
  /** Masks what looks like a secret in a text. */
  readonly maskText: (text: string) => string;
  /** What stands instead of a secret value; undefined where nothing is left. */
  readonly censored: Censor['ofValue'];
}

/** Compiles the options; they were checked before. */
export function maskingOf(options: RedactOptions = {}): Masking {
  const { patterns, paths } = options;
  const censor = censorOf(options.censor);
  const own = patterns === false ? [] : (patterns ?? []).map(everywhere);
  const mayHold = (text: string): boolean =>
    patterns !== false && (mayHoldSecret(text) || own.some((one) => text.search(one) !== -1));
  return {
    isSecretKey: secretKeyTest(options),
    paths: paths && compilePaths(paths),
    hasPatterns: patterns !== false,
    hasOwnPatterns: own.length > 0,
    mayHoldSecret: mayHold,
    maskText(text) {
      if (!mayHold(text)) return text;
      let masked = text;
      for (const one of own) {
        masked = masked.replace(one, (found) =>
          found === '' ? '' : censor.ofPart('secret', found),
        );
      }
      return maskPatterns(masked, censor.ofPart);
    },
    censored: censor.ofValue,
  };
}

/** The same expression, finding all and remembering nothing. */
function everywhere(pattern: RegExp): RegExp {
  return new RegExp(pattern.source, [...new Set(`${pattern.flags.replace('y', '')}g`)].join(''));
}
