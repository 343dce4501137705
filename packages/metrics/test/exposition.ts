import { registryText } from '../src/registry-text.js';
import type { TextFormat } from '../src/index.js';

/** The text of a registry in a format, whatever its own is. */
export async function textIn(
  format: TextFormat,
  registry: Parameters<typeof registryText>[0],
): Promise<string> {
  let text = '';
  for await (const chunk of registryText(registry, format)) text += chunk;
  return text;
}

/** One sample of the Prometheus text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const commentLine = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/s;
const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/s;
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;

/** Parses the text format 0.0.4 and throws at whatever is not exactly that, duplicates included. */
export function parseExposition(text: string): {
  samples: Sample[];
  types: Map<string, string>;
} {
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  const seen = new Set<string>();
  if (!text.endsWith('\n')) throw new Error('no line feed at the end');
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const comment = commentLine.exec(line);
    if (comment) {
      const [, kind, name, rest] = comment;
      if (kind === 'TYPE') {
        if (types.has(name!)) throw new Error(`two types for ${name!}`);
        types.set(name!, rest!);
      }
      continue;
    }
    const sample = sampleLine.exec(line);
    if (!sample) throw new Error(`not a sample: ${line}`);
    const [, name, labelText = '', valueText] = sample;
    const labels: Record<string, string> = {};
    label.lastIndex = 0;
    while (label.lastIndex < labelText.length) {
      const match = label.exec(labelText);
      if (!match) throw new Error(`bad labels: ${line}`);
      if (match[1]! in labels) throw new Error(`label twice: ${line}`);
      labels[match[1]!] = match[2]!.replace(/\\(["\\n])/g, (_, c: string) =>
        c === 'n' ? '\n' : c,
      );
    }
    const value = Number(valueText);
    if (Number.isNaN(value) && valueText !== 'Nan') throw new Error(`bad value: ${line}`);
    const family = name!.replace(/_(bucket|sum|count)$/, '');
    if (!types.has(name!) && types.get(family) !== 'histogram') {
      throw new Error(`sample before its type: ${line}`);
    }
    const identity = JSON.stringify([name, Object.entries(labels).sort()]);
    if (seen.has(identity)) throw new Error(`sample twice: ${line}`);
    seen.add(identity);
    samples.push({ name: name!, labels, value });
  }
  return { samples, types };
}

/** The value of the one sample with this name and these labels (others may be there too). */
export function valueOf(
  text: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const matching = parseExposition(text).samples.filter(
    (sample) =>
      sample.name === name &&
      Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );
  if (matching.length > 1) throw new Error(`${matching.length} samples match ${name}`);
  return matching[0]?.value;
}
