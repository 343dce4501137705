import { afterEach, expect, it } from 'vitest';
import { traceFunction, withCorrelationId, withLlmContext } from '../../src/index.js';
import {
  RecentSpans,
  setupTracing,
  type RecentSpansOptions,
  type Tracing,
} from '../../src/node.js';

let tracing: Tracing | undefined;
afterEach(() => tracing?.shutdown());

function setUp(options?: RecentSpansOptions): RecentSpans {
  const spans = new RecentSpans(options);
  tracing = setupTracing({ serviceName: 's', instrumentations: [], exporter: spans });
  return spans;
}

/** A request whose tenant is known only inside. */
function request(correlationId: string, tenantId: string | undefined, fails = false): void {
  const inner = traceFunction('inner')(() => {
    if (fails) throw new Error('broke');
  });
  const outer = traceFunction('outer')(() => withLlmContext({ tenantId }, inner));
  try {
    withCorrelationId(correlationId, outer);
  } catch {
    // As it was asked to.
  }
}

const names = (spans: readonly { readonly name: string }[]): string =>
  spans.map(({ name }) => name).join();

it('keeps the spans of a request, as they hang together, by the time they began', async () => {
  const spans = setUp();
  traceFunction('of nobody')(() => undefined)();
  const before = Date.now();
  request('order-1', undefined, true);
  request('order-2', undefined);
  await tracing?.forceFlush();
  const [outer, inner, ...others] = spans.of('order-1');
  expect(others).toEqual([]);
  expect(outer).toMatchObject({ name: 'outer', parentSpanId: null, failed: true });
  expect(inner).toMatchObject({
    name: 'inner',
    traceId: outer?.traceId,
    parentSpanId: outer?.spanId,
    failed: true,
  });
  expect(outer?.durationMillis).toBeGreaterThanOrEqual(inner?.durationMillis ?? NaN);
  expect(Date.parse(outer?.startedAt ?? '')).toBeGreaterThanOrEqual(before);
  expect(spans.of('order-2')).toMatchObject([{ failed: false }, { failed: false }]);
  expect(spans.of('of nobody')).toEqual([]);
});

it('keeps no more than so many spans, the latest', async () => {
  const spans = setUp({ maxSpans: 3 });
  for (const id of ['a', 'b', 'c']) request(id, undefined);
  await tracing?.forceFlush();
  expect([spans.of('a'), spans.of('b'), spans.of('c')].map(names)).toEqual(['', 'outer', 'outer,inner']); // prettier-ignore
});

it("shows traces that are one tenant's alone, and forgets those that it has a part in", async () => {
  const spans = setUp();
  request('a', 'acme');
  request('a', 'globex');
  withCorrelationId('a', () =>
    traceFunction('batch')(() => {
      for (const tenantId of ['acme', 'globex']) {
        withLlmContext(
          { tenantId },
          traceFunction(tenantId)(() => undefined),
        );
      }
    })(),
  );
  await tracing?.forceFlush();
  expect(names(spans.of('a', 'acme'))).toBe('outer,inner');
  expect(spans.of('a')).toHaveLength(7);
  expect(spans.forgetTenant('acme')).toBe(5);
  expect(names(spans.of('a'))).toBe('outer,inner');
  expect(names(spans.of('a', 'globex'))).toBe('outer,inner');
});

it.each([
  [{ maxSpans: 0 }, 'maxSpans'],
  [null, 'options'],
])('refuses %j', (options, named) => {
  expect(() => new RecentSpans(options as RecentSpansOptions)).toThrow(named);
});
