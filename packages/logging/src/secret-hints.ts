import { named, parameters } from './secret-patterns.js';

/** An expression for words in any case, without the flag that would slow down the rest. */
const anyCase = (source: string): string =>
  source.replace(/\\.|[a-z]/g, (part) =>
    part.length > 1 ? part : `[${part}${part.toUpperCase()}]`,
  );

/**
 * Each alternative begins with the rarest character that a pattern needs, and looks around it: what
 * any of `secret-patterns.ts` finds, this finds as well. It finds a little more, which costs time only.
 */
const hints = [
  `@(?<=[^\\s/?#"'<>\\\\]@)`,
  `%40`,
  `[=:](?<=(?:${anyCase(`${named}|authorization|cookie`)})(?:\\\\{0,2}["'])?\\s{0,4}[=:])`,
  `=(?<=[?&;](?:${anyCase(parameters)})=)`,
  `-(?:(?<=\\d{3}-)\\d\\d-\\d{4}|(?<=-)----BEGIN|(?<=\\b(?:sk|glpat|xox[a-z]|xai|pplx|nvapi)-)[\\w*-]{8})`,
  `_(?:(?<=\\b(?:[spr]k_(?:live|test|prod)|github_pat|whsec)_)[\\w+/-]{8}|(?<=\\b(?:gh[pousr]|sk|npm|hf|gsk|r8)_)[a-zA-Z0-9]{16})`,
  `J(?<=eyJ)[\\w-]{8,}\\.`,
  `I(?:(?<=A[KS]I)A[0-9A-Z]{16}|(?<=AI)za[\\w-]{16})`,
  `2(?<=ya2)9\\.`,
  `G(?<=SG)\\.`,
  `(?:${anyCase('earer')})\\s{1,8}[\\w.~+/-]{8}`,
  `(?:${anyCase('asic')})\\s{1,8}[a-z]{0,512}[A-Z0-9+/]`,
  `[2-6](?<=(?<![\\w.-])[2-6])(?<!2(?![2-7]))\\d{3}(?:[ -]?\\d){9}`,
].join('|');

const hint = new RegExp(hints);
/**
 * Whatever is no part of any hint and needs no escape in JSON. Most texts are nothing else, and to see
 * that is as cheap as to look for quotes alone.
 */
const harmless = " !#$&\\'()*+,./017-9;<>?A-FHK-Z\\[\\]^`a-z{|}~\\u00a1-\\u1fff\\u3041-\\ud7ff";
const odd = new RegExp(`[^${harmless}]|${anyCase('earer')}|${anyCase('asic')}`);

/** Whether a text may hold something that `maskPatterns` masks; false is certain. */
export function mayHoldSecret(text: string): boolean {
  return text.length >= shortest && odd.test(text) && hint.test(text);
}

/** Characters of the shortest secret, such as `pwd=x`. */
const shortest = 5;

/** Whether a text is sure to hold no secret, and nothing that JSON would write in another way. */
export function isPlainText(text: string): boolean {
  const { length } = text;
  if (length > 12) return !odd.test(text);
  // Cheaper than a regular expression for what most values are: short, and plain ASCII.
  let kinds = 0;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 126) return false;
    kinds |= kindOf[code] ?? 0;
  }
  return kinds === 0;
}

/** 1 for the characters that a secret of up to twelve characters needs, and for those that JSON escapes. */
const kindOf = new Uint8Array(127);
for (let code = 0; code < 32; code++) kindOf[code] = 1;
for (const char of '"\\@%=:_-') kindOf[char.charCodeAt(0)] = 1;
