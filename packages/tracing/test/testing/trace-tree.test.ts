import { describe, expect, it } from 'vitest';
import { traceTree, type TreeSpan } from '../../src/testing.js';

const span = (name: string, spanId: string, parentSpanId = '', more: object = {}): TreeSpan => ({
  name,
  traceId: 't',
  spanId,
  parentSpanId,
  ...more,
});

describe('a trace as a text', () => {
  it('is the same in whatever order the spans ended', () => {
    const spans = [
      span('b', '3', '1'),
      span('root', '1'),
      span('c', '4', '3'),
      span('a', '2', '1'),
    ];
    const tree = 'root\n  a\n  b\n    c';
    expect(traceTree(spans)).toBe(tree);
    expect(traceTree([...spans].reverse())).toBe(tree);
  });

  it('shows errors, attributes that are asked for, and parents that are missing', () => {
    const spans = [
      span('otlp', '1', '', { statusCode: 2, attributes: { n: 1, other: 2 } }),
      span('jaeger', '2', '0000000000000000', { tags: { n: 'x', error: true } }),
      span('orphan', '3', '9'),
    ];
    expect(traceTree(spans, { attributes: ['n'] })).toBe(
      ['jaeger [n="x"] !', 'otlp [n=1] !', '… orphan'].join('\n'),
    );
  });

  it('keeps traces apart', () => {
    expect(traceTree([span('a', '1'), { ...span('b', '2', '1'), traceId: 'u' }])).toBe('a\n… b');
  });

  it('of nothing is empty', () => {
    expect(traceTree([])).toBe('');
  });
});
