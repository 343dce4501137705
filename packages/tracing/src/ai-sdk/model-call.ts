import type { CallFormat } from '../inference/answer.js';
import { encloseCalls, EnclosingCall, isEnclosed } from '../inference/enclosing-call.js';
import type { Inference } from '../inference/inference.js';
import { startInference, takersOf } from '../inference/start-inference.js';
import { inferenceChannel } from '../inference/inference-record.js';
import { observeStream } from '../inference/observe-stream.js';
import type { InferenceSettings } from '../inference/settings.js';
import { joiningTracer, spanOfCall } from './joined-span.js';
import { providerName } from '../inference/provider-name.js';

/** A call of one of the SDK's models. */
export interface ModelCall {
  readonly provider: string;
  readonly modelId: string;
  readonly operation: string;
  readonly format: CallFormat;
  /** What is sent. */
  readonly sent: unknown;
  /** What aborts the call. */
  readonly signal: AbortSignal | undefined;
  /** Whether another integration makes a span of the call, which is not the active one. */
  readonly spanElsewhere: boolean;
}

/**
 * Makes a call under a span of its own, or under that which the SDK has made of it, and publishes its
 * records. The caller gets the very result, and its stream is the one that the model gave.
 */
export async function observeModelCall<R>(
  settings: InferenceSettings,
  call: ModelCall,
  execute: () => PromiseLike<R>,
): Promise<R> {
  // As when both the telemetry of version 7 and the middleware are in use.
  const inference = isEnclosed() ? undefined : begin(settings, call);
  if (inference === undefined) return execute();
  const enclosing = new EnclosingCall();
  let result: R;
  try {
    result = await inference.run(() => encloseCalls(enclosing, execute));
  } catch (error) {
    inference.fail(error);
    throw error;
  } finally {
    // Tools that call models run while a stream is read.
    enclosing.close();
  }
  if (inference.observed) watch(result, inference);
  return result;
}

function begin(settings: InferenceSettings, call: ModelCall): Inference | undefined {
  const { operation, modelId } = call;
  let takers = takersOf(settings);
  if (takers === undefined) return undefined;
  if (takers !== 'subscribers') {
    const theirs = spanOfCall(operation, modelId);
    if (theirs !== undefined) takers = joiningTracer(theirs);
    else if (call.spanElsewhere) {
      if (!inferenceChannel.hasSubscribers) return undefined;
      takers = 'subscribers';
    }
  }
  return startInference(settings, takers, {
    provider: providerName(call.provider),
    operation,
    requestModel: modelId.slice(0, 256) || 'unknown',
    server: undefined,
    format: call.format,
    sent: call.sent,
    signal: call.signal,
  });
}

function watch(result: unknown, inference: Inference): void {
  const { stream } = (result ?? {}) as { stream?: unknown };
  if (stream instanceof ReadableStream) observeStream(stream, inference);
  else inference.respond(result);
}
