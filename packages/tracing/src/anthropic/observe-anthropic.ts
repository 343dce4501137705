import { observeMethods, type ObserveOptions } from '../inference/client-call.js';
import { observeCopies } from '../inference/observe-copies.js';
import { messageFormat } from './messages.js';

const create = { name: 'create', operation: 'chat', format: messageFormat };

/** What of a client is observed; any client with some of it will do. */
interface Client {
  readonly baseURL?: unknown;
  readonly messages?: unknown;
  readonly beta?: { readonly messages?: unknown };
  _tracer?: unknown;
}

/**
 * Traces the calls of an Anthropic client: messages, beta messages, and all that the client builds on
 * them, such as `stream`, `parse` and the tool runner. Clients of Bedrock and Vertex are told by their
 * host.
 *
 * The client that is given is observed and returned: it keeps its class, its methods return the very
 * promises and streams that they returned, and nothing is sent or read that was not before. Clients that
 * come of its `withOptions` are observed too. The spans that newer clients make of their own are switched
 * off, as a call is one span; those of calls that are not traced here go with them. Observing a client again changes nothing.
 *
 * @example
 * const client = observeAnthropic(new Anthropic());
 * @throws TracingConfigError for a bad option, or for something that is no Anthropic client
 */
export function observeAnthropic<T extends object>(client: T, options: ObserveOptions = {}): T {
  const target = client as Client | null | undefined;
  observeMethods(
    client,
    { name: 'an Anthropic client', provider: () => 'anthropic', baseUrl: () => target?.baseURL },
    [
      { ...create, target: target?.messages },
      { ...create, target: target?.beta?.messages },
    ],
    options,
  );
  // What `new Anthropic({ openTelemetry: false })` leaves unset. A client that is there has no public way to
  // that: it reads the option once, and `withOptions` makes another client, while this one is to be observed.
  // Should the field be renamed, calls have two spans, and the tests of each case say so.
  if (target?._tracer !== undefined) target._tracer = undefined;
  observeCopies(client, (copy) => observeAnthropic(copy, options));
  return client;
}
