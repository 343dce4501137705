import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';

/** `SpanStatusCode.ERROR`; not loaded, as the wrappers' copy of the API is to be the only one. */
const errorStatus = 2;

type Told = Pick<ReadableSpan, 'attributes' | 'events' | 'status'>;

/** Tokens that a span tells, whatever its wrapper calls them. */
export interface ToldUsage {
  readonly input: number;
  readonly output: number | undefined;
}

const inputNames = [
  'gen_ai.usage.input_tokens',
  'gen_ai.usage.prompt_tokens',
  'llm.token_count.prompt',
];
const outputNames = [
  'gen_ai.usage.output_tokens',
  'gen_ai.usage.completion_tokens',
  'llm.token_count.completion',
];

export function usageOf({ attributes }: Pick<Told, 'attributes'>): ToldUsage | undefined {
  const number = (names: readonly string[]): number | undefined =>
    names.map((name) => attributes[name]).find((value) => typeof value === 'number');
  const input = number(inputNames);
  if (input !== undefined) return { input, output: number(outputNames) };
  const details = attributes['langfuse.observation.usage_details'];
  return typeof details === 'string' ? ofDetails(JSON.parse(details) as object) : undefined;
}

/** Langfuse counts the cached and the reasoning ones apart, so that each is counted once. */
function ofDetails(details: object): ToldUsage | undefined {
  let input: number | undefined;
  let output: number | undefined;
  for (const [name, value] of Object.entries(details)) {
    if (typeof value !== 'number') continue;
    if (name.startsWith('input')) input = (input ?? 0) + value;
    if (name.startsWith('output')) output = (output ?? 0) + value;
  }
  return input === undefined ? undefined : { input, output };
}

const firstChunk = /first.?(?:token|chunk)|completion_start_time/i;

/** Whether a span tells when the first chunk came, in an attribute or an event. */
export function firstChunkTold({
  attributes,
  events,
}: Pick<Told, 'attributes' | 'events'>): boolean {
  return (
    Object.keys(attributes).some((name) => firstChunk.test(name)) ||
    events.some(({ name }) => firstChunk.test(name))
  );
}

/** Whether a span says that the call failed: by its status, or as Langfuse does. */
export function failureTold({ attributes, status }: Pick<Told, 'attributes' | 'status'>): boolean {
  const { code }: { readonly code: number } = status;
  return code === errorStatus || attributes['langfuse.observation.level'] === 'ERROR';
}
