import type { TextFormat } from './text-format.js';

interface Range {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

const mediaTypes: ReadonlyMap<string, TextFormat> = new Map([
  ['application/openmetrics-text', 'openmetrics'],
  ['text/plain', 'prometheus'],
]);
/** The version that is written, and those whose readers understand it. */
const versions: Readonly<Record<TextFormat, readonly string[]>> = {
  openmetrics: ['1.0.0'],
  prometheus: ['0.0.4'],
};

/** The format that a scraper likes best; `fallback` for one that has no wish, or none that can be met. */
export function negotiatedFormat(accept: string | undefined, fallback: TextFormat): TextFormat {
  let best: TextFormat = fallback;
  let quality = 0;
  for (const range of rangesOf(accept)) {
    const format = range.type === '*/*' ? fallback : mediaTypes.get(range.type);
    const version = range.parameters.get('version');
    if (format === undefined || range.quality <= quality) continue;
    if (version !== undefined && !versions[format].includes(version)) continue;
    best = format;
    quality = range.quality;
  }
  return best;
}

/** Whether the scraper takes gzip. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const ranges = rangesOf(acceptEncoding);
  const named =
    ranges.find(({ type }) => type === 'gzip') ?? ranges.find(({ type }) => type === '*');
  return named !== undefined && named.quality > 0;
}

function rangesOf(header = ''): Range[] {
  return header
    .slice(0, 2000)
    .split(',')
    .map((part) => {
      const [type = '', ...rest] = part.split(';').map((text) => text.trim().toLowerCase());
      const parameters = new Map(
        rest.map((text) => {
          const [name = '', value = ''] = text.split('=');
          return [name.trim(), value.trim()] as const;
        }),
      );
      const q = Number(parameters.get('q') ?? 1);
      return { type, parameters, quality: q >= 0 && q <= 1 ? q : 0 };
    });
}
