import type { Span } from '@opentelemetry/api';
import type { Answer, CallFormat } from '../inference/answer.js';
import type { Body } from '../inference/client-call.js';
import type { Content, ContentMessage, ContentPart } from '../inference/content.js';
import { genAi } from '../inference/conventions.js';
import { setParameter } from '../inference/request-parameters.js';
import { tokens } from '../inference/usage.js';

/** Parameters that have a name in the conventions. */
interface Parameters {
  readonly maxOutputTokens?: unknown;
  readonly temperature?: unknown;
  readonly topP?: unknown;
  readonly topK?: unknown;
  readonly frequencyPenalty?: unknown;
  readonly presencePenalty?: unknown;
  readonly stopSequences?: unknown;
  readonly seed?: unknown;
}

function describeParameters(span: Span, body: Parameters): void {
  setParameter(span, genAi.requestMaxTokens, body.maxOutputTokens);
  setParameter(span, genAi.requestTemperature, body.temperature);
  setParameter(span, genAi.requestTopP, body.topP);
  setParameter(span, genAi.requestTopK, body.topK);
  setParameter(span, genAi.requestFrequencyPenalty, body.frequencyPenalty);
  setParameter(span, genAi.requestPresencePenalty, body.presencePenalty);
  setParameter(span, genAi.requestStopSequences, body.stopSequences);
  setParameter(span, genAi.requestSeed, body.seed);
}

function describe(span: Span, request: unknown): void {
  const config = configOf(request);
  describeParameters(span, config);
  const { candidateCount, responseMimeType } = config;
  if (typeof candidateCount === 'number' && candidateCount !== 1) {
    span.setAttribute(genAi.requestChoiceCount, candidateCount);
  }
  if (responseMimeType === 'application/json') span.setAttribute(genAi.outputType, 'json');
  else if (responseMimeType === 'text/plain') span.setAttribute(genAi.outputType, 'text');
}

function configOf(request: unknown): Body {
  const { config } = request as Body;
  return typeof config === 'object' && config !== null ? (config as Body) : {};
}

interface Part {
  readonly text?: unknown;
  readonly thought?: unknown;
  readonly functionCall?: {
    readonly id?: unknown;
    readonly name?: unknown;
    readonly args?: unknown;
  };
  readonly functionResponse?: {
    readonly id?: unknown;
    readonly name?: unknown;
    readonly response?: unknown;
  };
}

interface ContentResponse {
  readonly modelVersion?: unknown;
  readonly responseId?: unknown;
  readonly candidates?: readonly {
    readonly index?: number;
    readonly finishReason?: unknown;
    readonly content?: { readonly parts?: readonly Part[] };
  }[];
  readonly promptFeedback?: { readonly blockReason?: unknown };
  readonly usageMetadata?: {
    readonly promptTokenCount?: unknown;
    readonly toolUsePromptTokenCount?: unknown;
    readonly cachedContentTokenCount?: unknown;
    readonly candidatesTokenCount?: unknown;
    readonly thoughtsTokenCount?: unknown;
  };
}

/** Calls of `models.generateContent`. */
export const contentFormat: CallFormat = {
  describe,
  content,
  signal: (request) => {
    const { abortSignal } = configOf(request);
    return abortSignal instanceof AbortSignal ? abortSignal : undefined;
  },
  response: read,
  chunk: read,
  finishes: true,
};

/** Calls of `models.generateContentStream`. */
export const contentStreamFormat: CallFormat = {
  ...contentFormat,
  describe(span, request): void {
    describe(span, request);
    span.setAttribute(genAi.requestStream, true);
  },
};

function read(given: unknown, answer: Answer): void {
  const { modelVersion, responseId, candidates, promptFeedback, usageMetadata } =
    given as ContentResponse;
  if (typeof modelVersion === 'string') answer.model ??= modelVersion;
  if (typeof responseId === 'string') answer.id ??= responseId;
  for (const { index, finishReason, content: said } of candidates ?? []) {
    answer.finish(finishReason, index);
    if (answer.content !== undefined) {
      said?.parts?.forEach((part) => collectPart(part, index ?? 0, answer));
    }
  }
  // A prompt that was refused has no candidates.
  answer.finish(promptFeedback?.blockReason);
  if (usageMetadata === undefined) return;
  const prompt = tokens(usageMetadata.promptTokenCount);
  const toolUse = tokens(usageMetadata.toolUsePromptTokenCount);
  answer.usage = {
    inputTokens: prompt === undefined ? toolUse : prompt + (toolUse ?? 0),
    outputTokens: tokens(usageMetadata.candidatesTokenCount) ?? answer.usage?.outputTokens,
    cacheReadInputTokens: tokens(usageMetadata.cachedContentTokenCount),
    reasoningTokens: tokens(usageMetadata.thoughtsTokenCount) ?? answer.usage?.reasoningTokens,
    inputIncludesCached: true,
    outputIncludesReasoning: false,
  };
}

function collectPart(part: Part, choice: number, answer: Answer): void {
  const { functionCall: call } = part;
  if (call !== undefined) answer.content?.toolCall(call, call.id, call.name, call.args, choice);
  else answer.content?.text(part.text, choice, part.thought === true ? 'reasoning' : 'text');
}

/** Calls of `models.embedContent`. */
export const embeddingFormat: CallFormat = {
  describe: (span, request) =>
    setParameter(span, genAi.embeddingsDimensionCount, configOf(request)['outputDimensionality']),
  response(given: unknown, answer: Answer): void {
    const { embeddings } = given as {
      embeddings?: readonly { statistics?: { tokenCount?: unknown } }[];
    };
    const counts = (embeddings ?? []).map((each) => tokens(each.statistics?.tokenCount));
    const known = counts.filter((count) => count !== undefined);
    if (known.length > 0) {
      answer.usage = { inputTokens: known.reduce((sum, count) => sum + count, 0) };
    }
  },
};

function content(request: unknown): Content {
  const { contents } = request as Body;
  const { systemInstruction } = configOf(request);
  const messages = Array.isArray(contents) ? (contents as unknown[]) : [contents];
  return {
    instructions: partsOf(systemInstruction),
    messages: messages.map((each): ContentMessage => {
      const role = (each as { role?: unknown } | null | undefined)?.role;
      return { role: typeof role === 'string' ? role : 'user', parts: partsOf(each) };
    }),
  };
}

/** The parts of a text, a part, a list of either, or a content; of pictures and files the kind only. */
function partsOf(said: unknown): ContentPart[] {
  if (typeof said === 'string') return [{ type: 'text', content: said }];
  if (Array.isArray(said)) return said.flatMap(partsOf);
  if (typeof said !== 'object' || said === null) return [];
  const { parts } = said as { parts?: unknown };
  if (parts !== undefined) return partsOf(parts);
  const part = said as Part;
  if (part.text !== undefined) {
    return [{ type: part.thought === true ? 'reasoning' : 'text', content: part.text }];
  }
  if (part.functionCall !== undefined) {
    const { id, name, args } = part.functionCall;
    return [{ type: 'tool_call', id, name, arguments: args }];
  }
  if (part.functionResponse !== undefined) {
    const { id, response } = part.functionResponse;
    return [{ type: 'tool_call_response', id, response }];
  }
  return [{ type: Object.keys(said)[0] ?? 'unknown' }];
}
