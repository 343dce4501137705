type Require = NodeJS.Require;
type Wrap = <T extends object>(client: T) => T;

/** A wrapper that is ready for use. */
export interface Wrapper {
  readonly wrap: Wrap;
  readonly version: string;
  /** Versions of the client that it says it is for. */
  readonly supports: string;
}

const same: Wrap = (client) => client;

/** An instrumentation of OpenTelemetry's kind, which patches the class of the client. */
function instrumentation(packageName: string, patch: boolean) {
  return (require: Require): Promise<Wrapper> => {
    const { OpenAIInstrumentation } = require(packageName) as Record<string, new () => Patcher>;
    if (OpenAIInstrumentation === undefined) throw new Error(`${packageName} has no such class`);
    const { metrics, trace } = require('@opentelemetry/api') as typeof import('@opentelemetry/api');
    const patcher = new OpenAIInstrumentation();
    // What `registerInstrumentations` does; without its meters one of them throws in every call.
    patcher.setTracerProvider(trace.getTracerProvider());
    patcher.setMeterProvider(metrics.getMeterProvider());
    patcher.enable();
    if (patch) {
      const { OpenAI } = require('openai') as { OpenAI: unknown };
      patcher.manuallyInstrument?.(OpenAI);
    }
    return Promise.resolve({
      wrap: same,
      version: versionOf(require, packageName),
      supports: (patcher._modules ?? [])
        .flatMap(({ supportedVersions }) => supportedVersions ?? [])
        .join(' || '),
    });
  };
}

/** A function that is given a client. */
function wrapping(packageName: string, entry: string) {
  return async (require: Require): Promise<Wrapper> => {
    const file = `file://${require.resolve(entry)}`;
    const { observeOpenAI: wrap } = (await import(file)) as { observeOpenAI: Wrap };
    return { wrap, version: versionOf(require, packageName), supports: '' };
  };
}

interface Patcher {
  readonly _modules?: readonly { readonly supportedVersions?: readonly string[] }[];
  setTracerProvider(provider: unknown): void;
  setMeterProvider(provider: unknown): void;
  enable(): void;
  manuallyInstrument?(client: unknown): void;
}

function versionOf(require: Require, packageName: string): string {
  const path = require.resolve.paths(packageName)?.[0] ?? '';
  return (require(`${path}/${packageName}/package.json`) as { version: string }).version;
}

/** Each with its defaults, set up as its manual says. */
export const wrappers = {
  'no wrapper': (): Promise<Wrapper> => Promise.resolve({ wrap: same, version: '', supports: '' }),
  '@llm/tracing': wrapping('@llm/tracing', '@llm/tracing/openai'),
  '@opentelemetry/instrumentation-openai': instrumentation(
    '@opentelemetry/instrumentation-openai',
    false,
  ),
  '@traceloop/instrumentation-openai': instrumentation('@traceloop/instrumentation-openai', true),
  '@arizeai/openinference-instrumentation-openai': instrumentation(
    '@arizeai/openinference-instrumentation-openai',
    true,
  ),
  '@langfuse/openai': wrapping('@langfuse/openai', '@langfuse/openai'),
};

export type WrapperName = keyof typeof wrappers;

/** What has to be installed for them, beside our own package as it is packed: the newest that go with SDK 2 and Node 20. */
export const wrapperPackages = [
  'openai@6.49.0',
  '@opentelemetry/api@1.9.1',
  '@opentelemetry/sdk-trace-node@2.11.0',
  '@opentelemetry/instrumentation-openai@0.21.0',
  '@traceloop/instrumentation-openai@0.27.0',
  '@arizeai/openinference-instrumentation-openai@4.2.7',
  '@langfuse/openai@5.11.1',
];
