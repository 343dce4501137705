import { describe, expect, it } from 'vitest';
import type { CaseResult } from '../../src/tracing/peer-process.js';
import { apiOf, tracedApis, verdict } from '../../src/tracing/peer-verdict.js';

const right: CaseResult = {
  name: '',
  outcome: { result: { text: 'a', classes: ['A'] } },
  started: 1,
  ended: 1,
  orphans: 0,
  content: false,
  failed: 0,
  usage: [{ input: 12, output: 5 }],
  firstChunks: 1,
  unhandled: [],
};
const bare: CaseResult = { ...right, started: 0, ended: 0, usage: [], firstChunks: 0 };
const asked = { name: 'stream: read to its end', calls: 1 };
const all = new Set(['chat', 'embeddings']);
const faults = (own: Partial<CaseResult>, case_: Parameters<typeof verdict>[0] = asked): string[] =>
  Object.entries(verdict(case_, { ...right, ...own }, bare, all))
    .filter(([, holds]) => !holds)
    .map(([aspect]) => aspect);

describe('verdict', () => {
  it('finds nothing where all is right', () => {
    expect(faults({})).toEqual([]);
    expect(Object.keys(verdict(asked, right, bare, all))).toHaveLength(8);
  });

  it('names what is wrong, each thing by itself', () => {
    expect(faults({ ended: 0, usage: [] })).toEqual(['span']);
    expect(faults({ started: 2 })).toEqual(['span']);
    expect(faults({ orphans: 1 })).toEqual(['parent']);
    expect(faults({ content: true })).toEqual(['content']);
    expect(faults({ usage: [{ input: 8, output: 5 }] })).toEqual(['usage']);
    expect(faults({ firstChunks: 0 })).toEqual(['first chunk']);
    expect(faults({ unhandled: ['Error'] })).toEqual(['safe']);
    expect(faults({ outcome: { result: { text: 'b', classes: ['A'] } } })).toEqual(['result']);
    expect(faults({ outcome: { result: { text: 'a', classes: ['B'] } } })).toEqual(['shape']);
  });

  it('asks of calls that fail whether they say so, and nothing of their usage', () => {
    const failing = { name: 'error: 400', calls: 1, ends: 'failed' } as const;
    expect(faults({ usage: [], content: true }, failing)).toEqual(['error', 'echo']);
    expect(faults({ usage: [], failed: 1 }, failing)).toEqual([]);
  });

  it('asks for no span of an API that the wrapper does not trace', () => {
    const untraced = { name: 'responses: await create()', calls: 1 };
    expect(faults({ ended: 0, started: 0, usage: [] }, untraced)).toEqual([]);
    expect(apiOf(untraced)).toBe('responses');
    expect([...tracedApis([asked, untraced], [right, bare])]).toEqual(['chat']);
  });
});
