import type { Answer, AnswerReader } from '../inference/answer.js';
import {
  modelOf,
  requestAttributes,
  type Body,
  type ClientCall,
} from '../inference/client-call.js';
import type { Content, ContentMessage, ContentPart } from '../inference/content.js';
import { genAi } from '../inference/conventions.js';
import type { Call } from '../inference/inference.js';
import { tokens } from '../inference/usage.js';

const parameters = [
  ['maxOutputTokens', genAi.requestMaxTokens],
  ['temperature', genAi.requestTemperature],
  ['topP', genAi.requestTopP],
  ['topK', genAi.requestTopK],
  ['frequencyPenalty', genAi.requestFrequencyPenalty],
  ['presencePenalty', genAi.requestPresencePenalty],
  ['stopSequences', genAi.requestStopSequences],
  ['seed', genAi.requestSeed],
] as const;

/** A call of `models.generateContent`. */
export function describeContent(body: Body, about: ClientCall): Call {
  const config = configOf(body);
  const attributes = requestAttributes(config, parameters, about);
  const { candidateCount, responseMimeType } = config;
  if (typeof candidateCount === 'number' && candidateCount !== 1) {
    attributes[genAi.requestChoiceCount] = candidateCount;
  }
  if (responseMimeType === 'application/json') attributes[genAi.outputType] = 'json';
  else if (responseMimeType === 'text/plain') attributes[genAi.outputType] = 'text';
  return {
    provider: about.provider,
    operation: 'generate_content',
    requestModel: modelOf(body),
    attributes,
    reader,
    sent: body,
    signal: config['abortSignal'] instanceof AbortSignal ? config['abortSignal'] : undefined,
    content: () => content(body),
  };
}

/** A call of `models.generateContentStream`. */
export function describeContentStream(body: Body, about: ClientCall): Call {
  const call = describeContent(body, about);
  call.attributes[genAi.requestStream] = true;
  return call;
}

/** A call of `models.embedContent`. */
export function describeEmbedding(body: Body, about: ClientCall): Call {
  return {
    provider: about.provider,
    operation: 'embeddings',
    requestModel: modelOf(body),
    attributes: requestAttributes(
      configOf(body),
      [['outputDimensionality', genAi.embeddingsDimensionCount]],
      about,
    ),
    reader: embeddingReader,
    sent: body,
  };
}

function configOf(body: Body): Body {
  const { config } = body;
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

const reader: AnswerReader = { response: read, chunk: read, finishes: true };

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

const embeddingReader: AnswerReader = {
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

function content(body: Body): Content {
  const { contents } = body;
  const { systemInstruction } = configOf(body);
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
