import { named, parameters } from './secret-patterns.js';

/** An expression for words in any case, without the flag that would slow down the rest. */
const anyCase = (source: string): string =>
  source.replace(/\\.|[a-z]/g, (part) =>
    part.length > 1 ? part : `[${part}${part.toUpperCase()}]`,
  );

/**
 * Each alternative begins with the rarest character that a pattern needs, and looks around it: what
 * any of `secret-patterns.ts` finds, this finds as well. It finds a little more, which costs time only.
 * That there are no more than eight, each with a letter or a class in front, makes it three times as
 * fast: V8 then skips what none can begin with.
 */
const hint = new RegExp(
  [
    `[@%](?:40|(?<=[^\\s/?#"'<>\\\\]@))`,
    `[=:](?<=[a-zA-Z"'\\s][=:])(?:(?<=(?:${anyCase(`${named}|authorization|cookie`)})(?:\\\\{0,2}["'])?\\s{0,4}[=:])|(?<=[?&;](?:${anyCase(parameters)})=))`,
    `-(?:----BEGIN|\\d\\d-\\d{4}(?<=\\d{3}-\\d\\d-\\d{4})|(?<=\\b(?:s|glpa|xox|xa|ppl|nvap)[a-z]-)[\\w*-]{8})`,
    `_(?:(?<=\\b(?:[spr]k_(?:live|test|prod)|github_pat|whsec)_)[\\w+/-]{8}|(?<=\\b(?:gh[pousr]|sk|npm|hf|gsk|r8)_)[a-zA-Z0-9]{16})`,
    `[JIG](?:(?<=eyJ)[\\w-]{8}|(?<=A[KS]I)A[0-9A-Z]{16}|(?<=AI)za[\\w-]{16}|(?<=SG)\\.)`,
    `[aA](?:[rR][eE][rR]\\s{1,8}[\\w.~+/-]{8}|[sS][iI][cC]\\s{1,8}[a-z]{0,512}[A-Z0-9+/]|29\\.)`,
    `[2-6]\\d{3}[ -]?\\d{2}(?<![\\w.-]\\d{4}[ -]?\\d\\d|20\\d{4})(?:[ -]?\\d){7}`,
  ].join('|'),
);

/** Whether a text may hold something that `maskPatterns` masks; false is certain. */
export function mayHoldSecret(text: string): boolean {
  return text.length > shortText ? hint.test(text) : !isPlainText(text) && hint.test(text);
}

/** In so few characters a secret needs one of these: `@ % = : _ -`. */
export const shortText = 12;

/**
 * Whether a text of no more than `shortText` characters is sure to hold no secret, and nothing that
 * JSON would write in another way: cheaper than a regular expression for what most values are.
 */
export function isPlainText(text: string): boolean {
  let kinds = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 126) return false;
    kinds |= kindOf[code] ?? 0;
  }
  return kinds === 0;
}

const kindOf = new Uint8Array(127);
for (let code = 0; code < 32; code++) kindOf[code] = 1;
for (const char of '"\\@%=:_-') kindOf[char.charCodeAt(0)] = 1;
