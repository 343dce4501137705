import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { observeOutcome, type ClientCase } from 'model-servers';
import { describe, expect, it, vi } from 'vitest';
import { withLlmContext } from '../src/index.js';
import { patiently } from './patiently.js';
import type { RecordedServer } from './recorded-server.js';

interface Subject<C> {
  readonly cases: readonly ClientCase<C>[];
  /** `gen_ai.provider.name` of the calls. */
  readonly provider: string;
  /** `server.address` of the calls; `null` where it is not known. Default `127.0.0.1`. */
  readonly serverAddress?: string | null;
  readonly server: RecordedServer;
  readonly newClient: () => C;
  readonly observe: (client: C) => C;
}

/**
 * Compares, call by call, what comes of a client with and without the wrapper, and looks at what the
 * wrapper tells of the calls.
 */
export function describeClientCases<C>(subject: Subject<C>): void {
  const { recorded } = subject.server;
  const { serverAddress = '127.0.0.1' } = subject;
  describe.each(subject.cases)(
    '$name',
    ({ calls, ends: older = 'completed', endsNewer = older, usage = true, run }) => {
      it('gives what it gives without the wrapper, one span and two records a call, and no content', async () => {
        const { requests } = subject.server;
        const before = requests.length;
        const bare = await observeOutcome(() => run(subject.newClient()));
        const sent = requests.slice(before).map(({ path, body }) => ({ path, body }));
        // Clients may make spans of their own.
        recorded.reset();
        const client = subject.observe(subject.newClient());

        const observed = await trace.getTracer('test').startActiveSpan('request', async (span) => {
          const outcome = await withLlmContext({ tenantId: 'acme' }, () =>
            observeOutcome(() => run(client)),
          );
          span.end();
          return outcome;
        });

        expect(observed).toEqual(bare);
        await vi.waitFor(() => expect(recorded.ends).toHaveLength(calls), patiently);
        expect(
          requests.slice(before + sent.length).map(({ path, body }) => ({ path, body })),
        ).toEqual(sent);
        expect(recorded.starts).toHaveLength(calls);
        expect(recorded.calls).toHaveLength(calls);
        expect(recorded.spans).toHaveLength(calls + 1);
        expect(new Set(recorded.ends.map(({ id }) => id)).size).toBe(calls);
        expect(recorded.told).not.toMatch(/123-45|say hello|Hello from|sk-test|sunny/);

        const parent = recorded.spans.find(({ name }) => name === 'request')?.spanContext();
        const [told] = recorded.calls.map(({ attributes }) => attributes['llm.stream.outcome']);
        const ends = told === endsNewer ? endsNewer : older;
        for (const span of recorded.calls) {
          expect(span.kind).toBe(SpanKind.CLIENT);
          expect(span.parentSpanContext?.spanId).toBe(parent?.spanId);
          expect(span.attributes).toMatchObject({
            'gen_ai.provider.name': subject.provider,
            ...(serverAddress === null ? {} : { 'server.address': serverAddress }),
            tenant_id: 'acme',
          });
          const { 'gen_ai.operation.name': operation, 'gen_ai.request.model': model } =
            span.attributes;
          expect(span.name).toBe(`${String(operation)} ${String(model)}`);
          expect(span.attributes['llm.stream.outcome']).toBe(
            ends === 'completed' || ends === 'failed' ? undefined : ends,
          );
          const failed = ends === 'failed' || ends === 'aborted';
          expect(span.attributes['error.type'] !== undefined).toBe(failed);
          expect(span.status.code).toBe(failed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET);
          expect(span.attributes['gen_ai.usage.input_tokens'] !== undefined).toBe(usage);
        }
        for (const end of recorded.ends) {
          const start = recorded.starts.find(({ id }) => id === end.id);
          expect(end).toMatchObject({ ...start, event: 'end', tenantId: 'acme' });
          expect(end.durationMillis).toBeGreaterThanOrEqual(end.timeToFirstChunkMillis ?? 0);
          expect(end.errorType !== undefined).toBe(ends === 'failed' || ends === 'aborted');
          expect(end.usage !== undefined).toBe(usage);
        }
      });
    },
  );
}
