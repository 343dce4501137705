import { createHmac } from 'node:crypto';
import type { Mark } from './secret-patterns.js';

/** What stands in a line instead of a secret. */
export type CensorOption =
  | 'mask'
  | 'remove'
  | {
      /** Key of the HMAC-SHA-256 that tells equal secrets without telling them, 16 bytes at least. */
      readonly hmacKey: string | Uint8Array;
    };

/** What stands instead of a whole value, and what instead of a part of a text. */
export interface Censor {
  /** Undefined where nothing is to be left. */
  readonly ofValue: (value: unknown) => string | undefined;
  readonly ofPart: Mark;
}

/** What stands in a line instead of a secret value. */
const REDACTED = '[redacted]';

/** Makes what the option says. A bare hash is not offered: a card number is found by trying all. */
export function censorOf(option: CensorOption = 'mask'): Censor {
  if (option === 'remove') return { ofValue: () => undefined, ofPart: () => '' };
  if (option === 'mask') return { ofValue: () => REDACTED, ofPart: (kind) => `[${kind}]` };
  const { hmacKey } = option;
  const hash = (text: string): string =>
    createHmac('sha256', hmacKey).update(text).digest('hex').slice(0, 32);
  return {
    // Other values would have to be read first, with whatever their getters do.
    ofValue: (value) =>
      typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
        ? `[redacted#${hash(String(value))}]`
        : REDACTED,
    ofPart: (kind, secret) => `[${kind}#${hash(secret)}]`,
  };
}
