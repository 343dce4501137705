import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-node';
import type { InferenceEnd, InferenceRecord, InferenceStart } from '../src/index.js';

/** An SDK and a subscriber to the channel of records, both in memory. */
export class RecordedCalls {
  readonly records: InferenceRecord[] = [];
  readonly #exporter = new InMemorySpanExporter();
  readonly #provider = new NodeTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(this.#exporter)],
  });
  readonly #take = (record: unknown): void => {
    this.records.push(record as InferenceRecord);
  };

  start(): void {
    this.#provider.register();
    subscribe('llm:inference', this.#take);
  }

  reset(): void {
    this.#exporter.reset();
    this.records.length = 0;
  }

  async stop(): Promise<void> {
    unsubscribe('llm:inference', this.#take);
    await this.#provider.shutdown();
  }

  get spans(): ReadableSpan[] {
    return this.#exporter.getFinishedSpans();
  }

  /** Spans of model calls. */
  get calls(): ReadableSpan[] {
    return this.spans.filter((span) => span.attributes['gen_ai.provider.name'] !== undefined);
  }

  get starts(): InferenceStart[] {
    return this.records.filter((record) => record.event === 'start');
  }

  get ends(): InferenceEnd[] {
    return this.records.filter((record) => record.event === 'end');
  }

  /** All that left the process, as text, to look for what must not be in it. */
  get told(): string {
    const spans = this.spans.map(({ name, attributes, events, status, links }) => ({
      name,
      attributes,
      events,
      status,
      links,
    }));
    return JSON.stringify([spans, this.records]);
  }
}
