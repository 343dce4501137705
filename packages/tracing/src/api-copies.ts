import { ProxyTracerProvider, trace } from '@opentelemetry/api';
import { ownRequire } from './own-require.js';

// Where every copy of the API keeps what was registered.
const apiKey = Symbol.for('opentelemetry.js.api.1');
const warnedKey = Symbol.for('llm.tracing.api_copies.v1');
const shared = globalThis as {
  [apiKey]?: { readonly version?: string; readonly trace?: unknown };
  [warnedKey]?: boolean;
};
const entry = /[\\/]@opentelemetry[\\/]api[\\/]build[\\/]src[\\/]index\.js$/;

let checked = false;

/** Looks, when the first span or request comes and never again, for what {@link warnOfApiCopies} warns of. */
export function checkApiCopies(): void {
  if (checked) return;
  checked = true;
  warnOfApiCopies();
}

/**
 * Warns, once a process, when several copies of `@opentelemetry/api` are loaded. They share what was
 * registered only if ours is not the newer minor version; else spans vanish without a word.
 */
export function warnOfApiCopies(): void {
  if (shared[warnedKey] === true) return;
  const registered = shared[apiKey];
  const unreadable =
    registered?.trace !== undefined && trace.getTracerProvider() !== registered.trace;
  const copies = Object.keys(ownRequire.cache).filter((file) => entry.test(file));
  if (!unreadable && copies.length < 2) return;
  shared[warnedKey] = true;
  const lost = unreadable
    ? ` The tracer provider was registered with ${registered.version ?? 'another one'}, which the copy of @llm/tracing cannot read: its spans are lost.`
    : '';
  process.emitWarning(
    `Several copies of @opentelemetry/api are loaded.${lost} ` +
      `Install one version for all (npm ls @opentelemetry/api).${copies.map((file) => `\n  ${file}`).join('')}`,
    { code: 'LLM_TRACING_API_COPIES' },
  );
}

/* eslint-disable @typescript-eslint/no-deprecated -- goes with API 2, which this entry's SDK does not take */
/** The tracer provider that is set up in this process, if any. */
export function registeredProvider(): object | undefined {
  const current = trace.getTracerProvider();
  const delegate = current instanceof ProxyTracerProvider ? current.getDelegate() : current;
  return delegate === new ProxyTracerProvider().getDelegate() ? undefined : delegate;
}
/* eslint-enable @typescript-eslint/no-deprecated */
