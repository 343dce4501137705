import type { Profiler } from 'node:inspector';

/** Self time by whose code it is, in microseconds. */
export type Shares = Readonly<Record<string, number>>;

/** Whose code a script is. */
function ownerOf(url: string, functionName: string): string {
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (functionName === '(idle)') return 'idle';
  if (functionName === '(program)') return 'native code';
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (inPackage?.startsWith('@opentelemetry/sdk') === true) return 'OpenTelemetry SDK';
  if (inPackage?.startsWith('@opentelemetry/instrumentation') === true) {
    return 'OpenTelemetry instrumentation';
  }
  if (inPackage?.startsWith('@opentelemetry/') === true) return 'OpenTelemetry API, context, core';
  if (inPackage === '@fastify/otel') return '@fastify/otel';
  if (url.includes('/packages/tracing/') || inPackage === '@llm/tracing') return '@llm/tracing';
  if (inPackage !== undefined) return 'Fastify and others';
  if (/async_hooks|async_local_storage|async_context/.test(url)) return "Node's async context";
  if (url.startsWith('node:')) return 'Node';
  return 'the rest';
}

/** Adds a profile up by owner. */
export function sharesOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Shares {
  const owners = new Map(
    nodes.map(({ id, callFrame }) => [id, ownerOf(callFrame.url, callFrame.functionName)]),
  );
  const shares: Record<string, number> = {};
  samples.forEach((id, index) => {
    const owner = owners.get(id) ?? 'the rest';
    shares[owner] = (shares[owner] ?? 0) + (timeDeltas[index] ?? 0);
  });
  return shares;
}
