import type { Attributes } from '@opentelemetry/api';
import { TracingConfigError } from '../config-error.js';
import { genAi } from './conventions.js';
import type { Call } from './inference.js';
import { observeMethod } from './observe-method.js';
import { addParameter, addServer, serverOf, type Server } from './server.js';
import { inferenceSettings, type InferenceOptions, type InferenceSettings } from './settings.js';

export interface ObserveOptions extends InferenceOptions {
  /** `gen_ai.provider.name`. Default by the host that the client asks, else that of the client. */
  readonly provider?: string | undefined;
}

/** What the description of a call needs beside its request. */
export interface ClientCall {
  readonly settings: InferenceSettings;
  readonly provider: string;
  readonly server: Server;
}

export type Body = Record<string, unknown>;

/** A method of a client that calls a model. */
export interface ModelMethod {
  /** The object that has it. */
  readonly target: unknown;
  readonly name: string;
  readonly describe: (body: Body, about: ClientCall) => Call;
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
  const observed = methods.map(({ target, name, describe }) =>
    observeMethod(target, name, settings, (args) => {
      const asked = server();
      return describe((args[0] ?? {}) as Body, {
        settings,
        server: asked,
        provider: provider ?? asked.provider ?? kind.provider(),
      });
    }),
  );
  if (!observed.includes(true)) throw new TracingConfigError('client', kind.name, client);
}

type Names = readonly (readonly [parameter: string, attribute: string])[];

/** Attributes of a request, from those of its parameters that have a name in the conventions. */
export function requestAttributes(parameters: Body, names: Names, about: ClientCall): Attributes {
  const attributes: Attributes = { ...about.settings.attributes };
  addServer(attributes, about.server);
  for (const [parameter, attribute] of names) {
    const value = parameters[parameter];
    if (value !== undefined) addParameter(attributes, attribute, value);
  }
  return attributes;
}

/** Says that an answer is streamed. */
export function addStream(attributes: Attributes, body: Body): void {
  if (body['stream'] === true) attributes[genAi.requestStream] = true;
}

/** The model of a request; some servers let it be left out. */
export function modelOf(body: Body): string {
  const { model } = body;
  return typeof model === 'string' && model !== '' ? model.slice(0, 256) : 'unknown';
}
