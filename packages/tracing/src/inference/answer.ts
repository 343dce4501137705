import type { Span } from '@opentelemetry/api';
import type { Content, ContentMessage, ContentPart } from './content.js';
import type { InferenceUsage } from './usage.js';

/** What is known of a model's answer; a reader of a provider's format fills it in, chunk by chunk. */
export class Answer {
  model: string | undefined;
  id: string | undefined;
  usage: InferenceUsage | undefined;
  /** By choice. */
  finishReasons: string[] | undefined;
  /** An error told within an answer that came with HTTP status 200. */
  errorType: string | undefined;
  /** A stream has told all that it will, although it has not ended yet. */
  complete = false;
  /** Only while content is captured. */
  content: AnswerContent | undefined;

  finish(reason: unknown, choice = 0): void {
    if (typeof reason !== 'string' || reason === '') return;
    const reasons = (this.finishReasons ??= []);
    if (choice >= 0 && choice < 128) reasons[choice] = reason;
  }
}

/** The text of an answer, collected as far as it will be recorded. */
export class AnswerContent {
  readonly #maxLength: number;
  readonly #choices: { role: string; parts: OpenPart[] }[] = [];
  #length = 0;

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** Adds to the text of a choice, or begins it. */
  text(text: unknown, choice = 0, type = 'text'): void {
    if (typeof text !== 'string' || text === '') return;
    const parts = this.#parts(choice);
    const last = parts?.at(-1);
    if (parts === undefined) return;
    if (last?.type === type) last.content = this.#add(last.content, text);
    else if (parts.length < 256) parts.push({ type, content: this.#add('', text) });
  }

  /** Adds to a call of a tool, or begins it when the key is new. */
  toolCall(key: unknown, id: unknown, name: unknown, args: unknown, choice = 0): void {
    const parts = this.#parts(choice);
    if (parts === undefined) return;
    let part = parts.find((each) => each.type === 'tool_call' && each.key === key);
    if (part === undefined) {
      if (parts.length >= 256) return;
      part = { type: 'tool_call', key, content: '' };
      parts.push(part);
    }
    if (typeof id === 'string') part.id ??= id;
    if (typeof name === 'string') part.name ??= name;
    if (typeof args === 'string') part.content = this.#add(part.content, args);
    else if (args !== undefined && args !== null) part.content = JSON.stringify(args);
  }

  messages(finishReasons: readonly (string | undefined)[] | undefined): ContentMessage[] {
    return this.#choices.map(({ role, parts }, choice) => ({
      role,
      parts: parts.map((part): ContentPart =>
        part.type === 'tool_call'
          ? { type: part.type, id: part.id, name: part.name, arguments: part.content }
          : { type: part.type, content: part.content },
      ),
      finish_reason: finishReasons?.[choice],
    }));
  }

  #parts(choice: number): OpenPart[] | undefined {
    if (choice < 0 || choice >= 128) return undefined;
    while (this.#choices.length <= choice) this.#choices.push({ role: 'assistant', parts: [] });
    return this.#choices[choice]?.parts;
  }

  // A little more than will be shown, so that a secret at the edge is recognised before the cut.
  #add(text: string, more: string): string {
    const room = this.#maxLength + 1024 - this.#length;
    if (room <= 0) return text;
    const added = more.length > room ? more.slice(0, room) : more;
    this.#length += added.length;
    return text + added;
  }
}

interface OpenPart {
  readonly type: string;
  readonly key?: unknown;
  content: string;
  id?: string;
  name?: string;
}

/** How one kind of call is written in a provider's format. */
export interface CallFormat {
  /** Sets what the request says, beside its model, on a span that is recorded. */
  readonly describe?: ((span: Span, request: unknown) => void) | undefined;
  /** What of the request is content; asked for only if that is recorded. */
  readonly content?: ((request: unknown) => Content) | undefined;
  /** What aborts the call, where its stream does not tell. */
  readonly signal?: ((request: unknown) => AbortSignal | undefined) | undefined;
  /** A whole answer. */
  readonly response?: ((response: unknown, answer: Answer) => void) | undefined;
  /** A chunk of a streamed answer. */
  readonly chunk?: ((chunk: unknown, answer: Answer) => void) | undefined;
  /** Whether a chunk holds some of the answer, and not only something about it. Default all do. */
  readonly isOutput?: ((chunk: unknown) => boolean) | undefined;
  /** Whether a complete stream tells why it finished, so that one without was cut short. */
  readonly finishes?: boolean | undefined;
}
