import { Writable } from 'node:stream';

/** A destination that keeps what it gets. */
export interface Collector {
  readonly stream: Writable;
  /** What was written, split at newlines; the text must end with one. */
  raw(): string[];
  /** The lines as JSON. */
  lines(): Record<string, unknown>[];
}

export function collector(): Collector {
  let text = '';
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      text += chunk;
      done();
    },
  });
  const raw = (): string[] => {
    if (text === '') return [];
    if (!text.endsWith('\n')) throw new Error(`the last line is torn: ${text.slice(-100)}`);
    return text.slice(0, -1).split('\n');
  };
  return {
    stream,
    raw,
    lines: () => raw().map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

/** The keys of a JSON object's text at its top level, duplicates included. */
export function topLevelKeys(json: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  let expectKey = false;
  for (let i = 0; i < json.length; i++) {
    const char = json[i];
    if (char === '"') {
      const start = i;
      for (i++; json[i] !== '"'; i++) if (json[i] === '\\') i++;
      if (depth === 1 && expectKey) keys.push(JSON.parse(json.slice(start, i + 1)) as string);
      expectKey = false;
    } else if (char === '{' || char === '[') {
      depth++;
      expectKey = depth === 1 && char === '{';
    } else if (char === '}' || char === ']') {
      depth--;
    } else if (char === ',' && depth === 1) {
      expectKey = true;
    }
  }
  return keys;
}
