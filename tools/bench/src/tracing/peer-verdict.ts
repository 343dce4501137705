import type { ClientCase } from 'model-servers';
import type { CaseResult } from './peer-process.js';

/** What is asked of a wrapper; each is counted by itself. */
export const aspects = {
  span: 'each call of an API that is traced has a span, and it ends',
  parent: 'spans hang under the request',
  error: 'spans of calls that fail say so',
  usage: 'tokens are told as the provider told them',
  'first chunk': 'spans of streams tell when the first chunk came',
  content: 'nothing of what is said is recorded without being asked for',
  echo: 'nor is what an error message repeats of it',
  result: 'results and errors are what they are without the wrapper',
  shape: 'classes, methods and property names are, too',
  safe: 'no error that nobody can catch, and nothing that never settles',
} as const;

export type Aspect = keyof typeof aspects;

/** Whether each aspect holds in a case; without those that it says nothing about. */
export type Verdict = Readonly<Partial<Record<Aspect, boolean>>>;

type Case = Pick<ClientCase<never>, 'name' | 'calls' | 'ends' | 'usage'>;

/** The API that a case calls. */
export function apiOf({ name }: Pick<Case, 'name'>): string {
  const api = /^(responses|embeddings|completions):/.exec(name)?.[1];
  return api ?? 'chat';
}

/** The APIs that a wrapper traces at all: of the others nothing is asked but to leave them alone. */
export function tracedApis(
  cases: readonly Case[],
  results: readonly CaseResult[],
): ReadonlySet<string> {
  return new Set(cases.filter((_, at) => (results[at]?.started ?? 0) > 0).map(apiOf));
}

export function verdict(
  asked: Case,
  own: CaseResult,
  bare: CaseResult,
  traced: ReadonlySet<string>,
): Verdict {
  const { calls, ends = 'completed', usage = true } = asked;
  const found: Partial<Record<Aspect, boolean>> = {};
  found.safe = own.unhandled.length <= bare.unhandled.length && !hangs(own, bare);
  if (isShape(asked.name)) found.shape = equal(own.outcome, bare.outcome);
  else {
    found.result = equal(withoutShape(own.outcome), withoutShape(bare.outcome));
    if (!equal(withoutShape(bare.outcome), bare.outcome)) {
      found.shape = !found.result || equal(own.outcome, bare.outcome);
    }
  }
  if (calls === 0 || !traced.has(apiOf(asked))) return found;
  found.span = own.ended >= calls && own.ended === own.started;
  if (own.ended === 0) return found;
  found.parent = own.orphans === 0;
  if (ends === 'failed') {
    found.error = own.failed >= calls;
    found.echo = !own.content;
  } else found.content = !own.content;
  if (ends === 'completed' && usage) found.usage = own.usage.filter(rightIn(asked)).length >= calls;
  if (ends === 'completed' && isStream(asked.name)) found['first chunk'] = own.firstChunks >= calls;
  return found;
}

/** What the server tells, cached tokens within the input and reasoning within the output. */
function rightIn(asked: Case): (usage: CaseResult['usage'][number]) => boolean {
  return apiOf(asked) === 'embeddings'
    ? ({ input }) => input === 8
    : ({ input, output }) => input === 12 && output === 5;
}

function isStream(name: string): boolean {
  // Of a body that the user reads nothing can be known.
  return /stream/.test(name) && !name.includes('asResponse');
}

/** Cases that ask nothing but what things are. */
function isShape(name: string): boolean {
  return name.includes(': what ');
}

/** Without the names of classes, which cases tell beside what came out. */
function withoutShape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutShape);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== 'classes' && name !== 'seen')
      .map(([name, each]) => [name, withoutShape(each)]),
  );
}

function equal(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function hangs(own: CaseResult, bare: CaseResult): boolean {
  const settled = ({ outcome }: CaseResult): boolean =>
    !JSON.stringify(outcome).includes('never settled');
  return settled(bare) && !settled(own);
}
