import type { Attributes } from '@opentelemetry/api';
import { TracingConfigError } from '../config-error.js';
import type { Mask } from '../error-text.js';
import { maskText } from '../mask.js';
import { contentSettings, type ContentOptions, type ContentSettings } from './content.js';

/** What the tracing of model calls can be told. */
export interface InferenceOptions {
  /** Attributes that each span carries that is sampled; samplers do not see them. Default none. */
  readonly attributes?: Attributes | undefined;
  /** Record prompts and answers, masked and cut to a size. Default false. */
  readonly captureContent?: boolean | ContentOptions | undefined;
  /**
   * Cleans error messages and stacks, from which what they repeat of the request has been taken out;
   * `false` records them as they are. Default {@link maskText}.
   */
  readonly maskError?: ((text: string) => string) | false | undefined;
  /** Name of the tracer (the instrumentation scope). Default `@llm/tracing`. */
  readonly tracerName?: string | undefined;
}

/** Options, validated. */
export interface InferenceSettings {
  readonly attributes: Attributes | undefined;
  readonly content: ContentSettings | undefined;
  readonly mask: Mask;
  readonly tracerName: string;
}

const defaults: InferenceSettings = {
  attributes: undefined,
  content: undefined,
  mask: maskText,
  tracerName: '@llm/tracing',
};

/** @throws TracingConfigError naming the option that is wrong */
export function inferenceSettings(options: InferenceOptions): InferenceSettings {
  const { attributes, captureContent, maskError, tracerName } = options;
  if (
    attributes === undefined &&
    captureContent === undefined &&
    maskError === undefined &&
    tracerName === undefined
  ) {
    return defaults;
  }
  if (attributes !== undefined && (typeof attributes as unknown) !== 'object') {
    throw new TracingConfigError('attributes', 'an object', attributes);
  }
  if (
    maskError !== undefined &&
    maskError !== false &&
    typeof (maskError as unknown) !== 'function'
  ) {
    throw new TracingConfigError('maskError', 'a function or false', maskError);
  }
  if (tracerName !== undefined && (typeof tracerName !== 'string' || tracerName === '')) {
    throw new TracingConfigError('tracerName', 'a non-empty string', tracerName);
  }
  return {
    attributes,
    content: contentSettings(captureContent),
    mask: maskError ?? maskText,
    tracerName: tracerName ?? defaults.tracerName,
  };
}
