import {
  context,
  propagation,
  trace,
  type Attributes,
  type HrTime,
  type Link,
  type SpanContext,
  type SpanKind,
  type SpanStatus,
} from '@opentelemetry/api';
import type * as SdkModule from '@opentelemetry/sdk-trace-node';
import { registeredProvider } from '../api-copies.js';
import { CorrelationSpanProcessor } from '../correlation-span-processor.js';
import { loadPackage, requireInstalled } from '../node/optional-package.js';
import { traceTree, type TraceTreeOptions } from './trace-tree.js';

/** A finished span: as much of the SDK's `ReadableSpan` as does not need its types. */
export interface RecordedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  readonly status: SpanStatus;
  readonly events: readonly {
    readonly name: string;
    readonly time: HrTime;
    readonly attributes?: Attributes | undefined;
  }[];
  readonly links: readonly Link[];
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly duration: HrTime;
  readonly parentSpanContext?: SpanContext | undefined;
  readonly instrumentationScope: { readonly name: string; readonly version?: string | undefined };
  spanContext(): SpanContext;
}

/** The finished spans of a test, in this process. */
export interface MemorySpans {
  /** Finished spans, in the order in which they ended. */
  readonly spans: readonly RecordedSpan[];
  /** Spans that have been started and have not ended: of a test that is over, leaks. */
  readonly open: readonly string[];
  /** The finished spans as a text: {@link traceTree}. */
  tree(options?: TraceTreeOptions): string;
  /** The one finished span of this name. @throws Error when there is none or several */
  one(name: string): RecordedSpan;
  /** Forgets what was recorded. */
  reset(): void;
  /** Ends the recording, and takes the provider, context manager and propagator away. */
  stop(): Promise<void>;
}

/**
 * Records all spans of the process in memory: a tracer provider with context manager and W3C propagators,
 * and our attributes of the request. Needs `@opentelemetry/sdk-trace-node`.
 *
 * @throws MissingPackagesError when the SDK is not installed
 * @throws Error when another provider is set up in this process
 */
export function recordSpans(): MemorySpans {
  requireInstalled(['@opentelemetry/sdk-trace-node']);
  const sdk = loadPackage('@opentelemetry/sdk-trace-node') as typeof SdkModule;
  const finished: RecordedSpan[] = [];
  const open = new Map<string, string>();
  const recorder: SdkModule.SpanProcessor = {
    onStart: (span) => void open.set(span.spanContext().spanId, span.name),
    onEnd: (span) => {
      open.delete(span.spanContext().spanId);
      finished.push(span);
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  const provider = new sdk.NodeTracerProvider({
    spanProcessors: [new CorrelationSpanProcessor(), recorder],
  });
  const other = registeredProvider();
  if (other !== undefined) {
    throw new Error(`recordSpans: a tracer provider is set up already (${other.constructor.name})`);
  }
  provider.register();
  return {
    spans: finished,
    get open() {
      return [...open.values()];
    },
    tree: (options) => traceTree(finished, options),
    one: (name) => {
      const [found, ...others] = finished.filter((span) => span.name === name);
      if (found === undefined || others.length > 0) {
        const tree = traceTree(finished);
        throw new Error(
          `${found === undefined ? 'no span' : 'several spans'} "${name}" in\n${tree}`,
        );
      }
      return found;
    },
    reset: () => {
      finished.length = 0;
      open.clear();
    },
    stop: async () => {
      await provider.shutdown();
      trace.disable();
      context.disable();
      propagation.disable();
    },
  };
}
