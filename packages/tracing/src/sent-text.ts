const placeholder = '[PROMPT]';
const withheld = '[withheld: it cannot be compared with the request]';

/** Stands for a request that is no longer in memory: no message can be compared with it. */
export const requestGone = Symbol('request gone');

/** Repetitions of at least this length are taken out; a US social security number has 11 characters. */
const minRepetition = 9;
const gramLength = 6;
// A repetition of `minRepetition` characters holds a gram that begins at a multiple of this.
const stride = minRepetition - gramLength + 1;

const maxSentLength = 262_144;
const maxValues = 20_000;
const maxDepth = 12;

/** Texts that name things rather than say something; errors are about them. */
const nameKeys = new Set(['model', 'role', 'type']);

/**
 * A message without what it repeats of the texts within `sent`: providers quote the prompt that they
 * complain of. The work is bounded; of a request too long to be compared nothing of the message is kept.
 */
export function withoutSentText(message: string, sent: unknown): string {
  if (message.length === 0) return message;
  if (sent === requestGone) return withheld;
  const texts: string[] = [];
  if (!collect(sent, texts)) return withheld;
  const repeated = new Uint8Array(message.length);
  const places = gramPlaces(message);
  for (const text of texts) markRepetitions(message, text, places, repeated);
  return replaceMarked(message, repeated);
}

/** All texts of a plain value; false when there are too many. */
function collect(root: unknown, texts: string[]): boolean {
  let length = 0;
  let values = 0;
  const visit = (value: unknown, depth: number): boolean => {
    if (++values > maxValues || depth > maxDepth) return false;
    if (typeof value === 'string') {
      length += value.length;
      texts.push(value);
      return length <= maxSentLength;
    }
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return true;
    if (Array.isArray(value)) return value.every((each) => visit(each, depth + 1));
    return Object.entries(value).every(([key, each]) =>
      typeof each === 'string' && nameKeys.has(key) ? true : visit(each, depth + 1),
    );
  };
  return visit(root, 0);
}

function gramPlaces(message: string): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (let at = 0; at + gramLength <= message.length; at++) {
    const gram = message.slice(at, at + gramLength);
    const known = places.get(gram);
    if (known === undefined) places.set(gram, [at]);
    // A text of one repeated letter must not cost quadratic work.
    else if (known.length < 64) known.push(at);
  }
  return places;
}

function markRepetitions(
  message: string,
  text: string,
  places: ReadonlyMap<string, readonly number[]>,
  repeated: Uint8Array,
): void {
  const whole = text.trim();
  if (whole.length < minRepetition) {
    if (whole.length < 4) return;
    for (let at = message.indexOf(whole); at >= 0; at = message.indexOf(whole, at + 1)) {
      repeated.fill(1, at, at + whole.length);
    }
    return;
  }
  for (let at = 0; at + gramLength <= text.length; at += stride) {
    const found = places.get(text.slice(at, at + gramLength));
    if (found === undefined) continue;
    for (const place of found) {
      if (repeated[place] === 1 && repeated[place + gramLength - 1] === 1) continue;
      let before = 0;
      while (
        before < at &&
        before < place &&
        text[at - before - 1] === message[place - before - 1]
      ) {
        before++;
      }
      let after = gramLength;
      while (
        at + after < text.length &&
        place + after < message.length &&
        text[at + after] === message[place + after]
      ) {
        after++;
      }
      if (before + after >= minRepetition) repeated.fill(1, place - before, place + after);
    }
  }
}

function replaceMarked(message: string, repeated: Uint8Array): string {
  let result = '';
  for (let at = 0; at < message.length;) {
    const marked = repeated[at] === 1;
    let end = at;
    while (end < message.length && (repeated[end] === 1) === marked) end++;
    result += marked ? placeholder : message.slice(at, end);
    at = end;
  }
  return result;
}
