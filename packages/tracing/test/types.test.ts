import type { RequestHandler } from 'express';
import type { FastifyPluginCallback } from 'fastify';
import type { RequestListener } from 'node:http';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { expectTypeOf, it } from 'vitest';
import type { correlationPlugin } from '../src/fastify.js';
import { traceFunction, type correlationMiddleware, type withCorrelationId } from '../src/index.js';
import type { SpanExporterLike, Tracing } from '../src/node.js';

it('fits the types of the frameworks', () => {
  expectTypeOf<ReturnType<typeof correlationMiddleware>>().toExtend<RequestHandler>();
  expectTypeOf<typeof correlationPlugin>().toExtend<FastifyPluginCallback>();
  expectTypeOf<SpanExporter>().toExtend<SpanExporterLike>();
  expectTypeOf<RequestListener>()
    .parameter(0)
    .toExtend<Parameters<ReturnType<typeof correlationMiddleware>>[0]>();
});

it('keeps the types of what it wraps', () => {
  const traced = traceFunction('a')(
    async (text: string, size?: number) => text.length * (size ?? 1),
  );
  expectTypeOf(traced).toBeCallableWith('a', 1);
  // @ts-expect-error -- the first parameter is a text
  expectTypeOf(traced).toBeCallableWith(1);
  expectTypeOf(traced).returns.resolves.toBeNumber();
  expectTypeOf<Tracing['shutdown']>().toEqualTypeOf<() => Promise<void>>();
  expectTypeOf<typeof withCorrelationId<number>>().returns.toBeNumber();
});
