import { SpanKind } from '@opentelemetry/api';
import { genAi } from '../inference/conventions.js';
import type { Work } from '../inference/work-span.js';

/** How LangChain writes down what runs. */
export interface Serialized {
  readonly id?: readonly unknown[];
  readonly name?: unknown;
  readonly kwargs?: Readonly<Record<string, unknown>>;
}

export type Metadata = Readonly<Record<string, unknown>>;

/** Tag of runs that LangChain means nobody to see. */
const hiddenTag = 'langsmith:hidden';

/** The name of what runs: that of the run, else that of its class. */
export function nameOf(what: unknown, runName: string | undefined): string {
  const { id, name } = (what ?? {}) as Serialized;
  const found = [runName, name, id?.at(-1)].find((each) => typeof each === 'string' && each !== '');
  return typeof found === 'string' ? found.slice(0, 256) : 'unknown';
}

/**
 * The span of a chain: of agents and graphs, and of the outermost chain. Of the steps within there is one
 * only if they are asked for.
 */
export function chainWork(
  chain: unknown,
  name: string,
  {
    outermost,
    steps,
    tags,
    metadata,
  }: {
    readonly outermost: boolean;
    readonly steps: boolean;
    readonly tags: readonly string[] | undefined;
    readonly metadata: Metadata | undefined;
  },
): Work | undefined {
  if (tags?.includes(hiddenTag) === true) return undefined;
  const kind = SpanKind.INTERNAL;
  if (metadata?.['lc_agent_name'] === name) {
    const attributes = { [genAi.operationName]: 'invoke_agent', [genAi.agentName]: name };
    return { name: `invoke_agent ${name}`, kind, attributes };
  }
  if (((chain ?? {}) as Serialized).id?.at(-1) === 'CompiledStateGraph') {
    const attributes = { [genAi.operationName]: 'invoke_workflow', [genAi.workflowName]: name };
    return { name: `invoke_workflow ${name}`, kind, attributes };
  }
  return outermost || steps ? { name, kind, attributes: {} } : undefined;
}

export function retrieverWork(name: string, query: unknown): Work {
  return {
    name: `retrieval ${name}`,
    kind: SpanKind.INTERNAL,
    attributes: { [genAi.operationName]: 'retrieval' },
    given: query,
  };
}
