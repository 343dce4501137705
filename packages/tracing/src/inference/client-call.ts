import { TracingConfigError } from '../config-error.js';
import type { CallFormat } from './answer.js';
import { observeMethod } from './observe-method.js';
import { serverOf } from './server.js';
import { inferenceSettings, type InferenceOptions } from './settings.js';

export interface ObserveOptions extends InferenceOptions {
  /** `gen_ai.provider.name`. Default by the host that the client asks, else that of the client. */
  readonly provider?: string | undefined;
}

export type Body = Record<string, unknown>;

/** A method of a client that calls a model. */
export interface ModelMethod {
  /** The object that has it. */
  readonly target: unknown;
  readonly name: string;
  /** `gen_ai.operation.name`. */
  readonly operation: string;
  readonly format: CallFormat;
}

/**
 * Observes methods of a client.
 *
 * @param kind what the client should be, for the error of one that has none of the methods
 * @throws TracingConfigError for a bad option, or a client without any of the methods
 */
export function observeMethods(
  client: unknown,
  kind: { readonly name: string; readonly provider: () => string; readonly baseUrl: () => unknown },
  methods: readonly ModelMethod[],
  options: ObserveOptions,
): void {
  const settings = inferenceSettings(options);
  const { provider } = options;
  if (provider !== undefined && (typeof provider !== 'string' || provider === '')) {
    throw new TracingConfigError('provider', 'a non-empty string', provider);
  }
  const server = serverOf(kind.baseUrl);
  const observed = methods.map(({ target, name, operation, format }) =>
    observeMethod(target, name, settings, (args) => {
      const asked = server();
      const request = args[0] as Body | null | undefined;
      return {
        provider: provider ?? asked.provider ?? kind.provider(),
        operation,
        requestModel: modelOf(request),
        server: asked,
        format,
        sent: request ?? {},
        signal: format.signal?.(request ?? {}),
      };
    }),
  );
  if (!observed.includes(true)) throw new TracingConfigError('client', kind.name, client);
}

/** The model of a request; some servers let it be left out. */
function modelOf(request: Body | null | undefined): string {
  const model = request?.['model'];
  return typeof model === 'string' && model !== '' ? model.slice(0, 256) : 'unknown';
}
