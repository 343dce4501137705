export { startJaegerAgent, startJaegerCollector } from './testing/jaeger-receiver.js';
export { recordSpans } from './testing/memory-spans.js';
export { startOtlpReceiver } from './testing/otlp-receiver.js';
export { traceTree } from './testing/trace-tree.js';

export type { JaegerReceiver, JaegerSpan } from './testing/jaeger-receiver.js';
export type { MemorySpans, RecordedSpan } from './testing/memory-spans.js';
export type { OtlpReceiver, OtlpSpan } from './testing/otlp-receiver.js';
export type { ReceiverBehaviour } from './testing/receiver.js';
export type { TraceTreeOptions, TreeSpan } from './testing/trace-tree.js';
