import type { Span } from '@opentelemetry/api';
import { errorType } from '../error-text.js';
import type { Answer, CallFormat } from '../inference/answer.js';
import type { Content, ContentMessage, ContentPart } from '../inference/content.js';
import { genAi } from '../inference/conventions.js';
import { setParameter } from '../inference/request-parameters.js';
import { tokens, type InferenceUsage } from '../inference/usage.js';

/** What a model is asked; the telemetry of version 7 names the prompt `messages`. */
interface CallOptions {
  readonly prompt?: unknown;
  readonly messages?: unknown;
  readonly instructions?: unknown;
  readonly maxOutputTokens?: unknown;
  readonly temperature?: unknown;
  readonly topP?: unknown;
  readonly topK?: unknown;
  readonly frequencyPenalty?: unknown;
  readonly presencePenalty?: unknown;
  readonly stopSequences?: unknown;
  readonly seed?: unknown;
  readonly responseFormat?: { readonly type?: unknown } | undefined;
}

/** A part of an answer, or of a stream of one. */
interface Part {
  readonly type?: unknown;
  readonly text?: unknown;
  readonly delta?: unknown;
  readonly textDelta?: unknown;
  readonly toolCallId?: unknown;
  readonly toolName?: unknown;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly id?: unknown;
  readonly modelId?: unknown;
  readonly usage?: unknown;
  readonly finishReason?: unknown;
  readonly error?: unknown;
}

interface Result {
  readonly content?: readonly Part[];
  readonly usage?: unknown;
  readonly finishReason?: unknown;
  readonly response?: { readonly id?: unknown; readonly modelId?: unknown };
}

/** Parts of a stream that hold some of the answer; others say something about it. */
const outputTypes = new Set<unknown>([
  'text',
  'text-delta',
  'reasoning',
  'reasoning-delta',
  'tool-input-delta',
  'tool-call',
  'tool-call-delta',
  'file',
  'source',
]);

/** What providers say at the end of a stream that gave no reason, as it was cut short. */
const noReasons = new Set<unknown>(['other', 'unknown', 'interrupted']);

/** Calls of a model's `doGenerate` and `doStream`, of versions 2 to 4 of their specification. */
export const languageModelFormat: CallFormat = {
  describe,
  content,
  finishes: true,
  isOutput: (given) => {
    const { type, delta } = given as Part;
    return outputTypes.has(type) && delta !== '';
  },
  response(given, answer): void {
    const { content = [], usage, finishReason, response } = given as Result;
    readMetadata(response, answer);
    readFinish(finishReason, usage, answer);
    for (const part of content) collect(part, answer);
  },
  chunk(given, answer): void {
    const part = given as Part;
    switch (part.type) {
      case 'response-metadata':
        readMetadata(part, answer);
        break;
      case 'finish':
        readFinish(part.finishReason, part.usage, answer);
        // The SDK ends its span of the call now, and not with the stream.
        answer.complete = true;
        break;
      case 'error':
        answer.errorType = kindOfError(part.error);
        break;
      default:
        collect(part, answer);
    }
  },
};

function describe(span: Span, request: unknown): void {
  const options = request as CallOptions;
  setParameter(span, genAi.requestMaxTokens, options.maxOutputTokens);
  setParameter(span, genAi.requestTemperature, options.temperature);
  setParameter(span, genAi.requestTopP, options.topP);
  setParameter(span, genAi.requestTopK, options.topK);
  setParameter(span, genAi.requestFrequencyPenalty, options.frequencyPenalty);
  setParameter(span, genAi.requestPresencePenalty, options.presencePenalty);
  setParameter(span, genAi.requestStopSequences, options.stopSequences);
  setParameter(span, genAi.requestSeed, options.seed);
  if (options.responseFormat?.type === 'json') span.setAttribute(genAi.outputType, 'json');
}

function readMetadata(
  given: { readonly id?: unknown; readonly modelId?: unknown } | undefined,
  answer: Answer,
): void {
  if (typeof given?.id === 'string') answer.id = given.id;
  if (typeof given?.modelId === 'string') answer.model = given.modelId;
}

function readFinish(finishReason: unknown, usage: unknown, answer: Answer): void {
  const { raw, unified } =
    typeof finishReason === 'object' && finishReason !== null
      ? (finishReason as { raw?: unknown; unified?: unknown })
      : { raw: undefined, unified: finishReason };
  answer.finish(raw ?? (noReasons.has(unified) ? undefined : unified));
  answer.usage = usageOf(usage) ?? answer.usage;
}

/** Tokens; since version 3 of the specification providers sum them up in the same way. */
function usageOf(given: unknown): InferenceUsage | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const { inputTokens: input, outputTokens: output, ...older } = given as Record<string, unknown>;
  const usage = isCounted(input) || isCounted(output) ? summed(input, output) : plain();
  return Object.values(usage).some((value) => typeof value === 'number') ? usage : undefined;

  function plain(): InferenceUsage {
    return {
      inputTokens: tokens(input),
      outputTokens: tokens(output),
      cacheReadInputTokens: tokens(older['cachedInputTokens']),
      reasoningTokens: tokens(older['reasoningTokens']),
    };
  }
}

type Counted = Readonly<Record<string, unknown>>;

function isCounted(value: unknown): value is Counted {
  return typeof value === 'object' && value !== null;
}

function summed(given: unknown, told: unknown): InferenceUsage {
  const input: Counted = isCounted(given) ? given : {};
  const output: Counted = isCounted(told) ? told : {};
  return {
    inputTokens: tokens(input['total']),
    outputTokens: tokens(output['total']),
    cacheReadInputTokens: tokens(input['cacheRead']),
    cacheCreationInputTokens: tokens(input['cacheWrite']),
    reasoningTokens: tokens(output['reasoning']),
    inputIncludesCached: true,
    outputIncludesReasoning: true,
  };
}

/** A code names a kind of error; anything longer might say something of the request. */
function kindOfError(error: unknown): string {
  if (error instanceof Error) return errorType(error);
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' && /^[\w.-]{1,64}$/.test(code) ? code : 'response_failed';
}

function collect(part: Part, answer: Answer): void {
  const { content } = answer;
  if (content === undefined) return;
  switch (part.type) {
    case 'text':
    case 'text-delta':
      content.text(part.text ?? part.delta ?? part.textDelta);
      break;
    case 'reasoning':
    case 'reasoning-delta':
      content.text(part.text ?? part.delta, 0, 'reasoning');
      break;
    case 'tool-call':
      content.toolCall(part.toolCallId, part.toolCallId, part.toolName, part.input);
  }
}

function content(request: unknown): Content {
  const { prompt, messages = prompt, instructions } = request as CallOptions;
  const all = Array.isArray(messages) ? (messages as Message[]) : [];
  return {
    instructions: [
      ...(typeof instructions === 'string' ? [{ type: 'text', content: instructions }] : []),
      ...all.filter(({ role }) => role === 'system').flatMap(({ content }) => partsOf(content)),
    ],
    messages: all
      .filter(({ role }) => role !== 'system')
      .map((message): ContentMessage => ({
        role: String(message.role),
        parts: partsOf(message.content),
      })),
  };
}

interface Message {
  readonly role?: unknown;
  readonly content?: unknown;
}

function partsOf(content: unknown): ContentPart[] {
  if (typeof content === 'string') return [{ type: 'text', content }];
  return Array.isArray(content) ? (content as Part[]).map(partOf) : [];
}

/** Of pictures and files the kind only. */
function partOf(part: Part): ContentPart {
  const { toolCallId: id, toolName: name } = part;
  switch (part.type) {
    case 'tool-call':
      return { type: 'tool_call', id, name, arguments: part.input };
    case 'tool-result':
      return { type: 'tool_call_response', id, response: part.output };
    default: {
      const type = typeof part.type === 'string' ? part.type : 'unknown';
      return typeof part.text === 'string' ? { type, content: part.text } : { type };
    }
  }
}
