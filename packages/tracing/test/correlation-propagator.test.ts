import {
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  trace,
} from '@opentelemetry/api';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { describe, expect, it } from 'vitest';
import {
  correlationIdKey,
  CorrelationPropagator,
  TracingConfigError,
  withCorrelationId,
} from '../src/index.js';

const provider = new BasicTracerProvider();

function injected(propagator: CorrelationPropagator, attributes: object): Record<string, string> {
  const carrier: Record<string, string> = {};
  const span = provider.getTracer('t').startSpan('GET', { attributes: { ...attributes } });
  const active = trace.setSpan(context.active(), span);
  withCorrelationId('order-7', () => propagator.inject(active, carrier, defaultTextMapSetter));
  return carrier;
}

describe('what it writes', () => {
  it('goes to the hosts that are listed, by the span of the request', () => {
    const propagator = new CorrelationPropagator({ hosts: ['*.internal', 'api.example.com:8443'] });
    const told = { 'x-correlation-id': 'order-7' };
    expect(injected(propagator, { 'server.address': 'a.internal', 'server.port': 80 })).toEqual(
      told,
    );
    expect(
      injected(propagator, { 'server.address': 'API.example.com', 'server.port': 8443 }),
    ).toEqual(told);
    expect(
      injected(propagator, { 'server.address': 'api.example.com', 'server.port': 443 }),
    ).toEqual({});
    expect(injected(propagator, { 'server.address': 'evil-internal' })).toEqual({});
    expect(injected(propagator, { 'server.address': 'a.internal.evil.com' })).toEqual({});
    expect(injected(propagator, {})).toEqual({});
  });

  it('goes nowhere by default, and everywhere with *', () => {
    expect(injected(new CorrelationPropagator(), { 'server.address': 'a.internal' })).toEqual({});
    expect(injected(new CorrelationPropagator({ hosts: ['*'], headerName: 'X-Id' }), {})).toEqual({
      'x-id': 'order-7',
    });
  });
});

it.each<[unknown, unknown]>([
  ['order-7', 'order-7'],
  [['order-7'], 'order-7'],
  [['a', 'b'], undefined],
  ['a\nb', undefined],
  ['x'.repeat(129), undefined],
  [7, undefined],
])('reads %j as %j', (sent, id) => {
  const propagator = new CorrelationPropagator();
  const read = propagator.extract(ROOT_CONTEXT, { 'x-correlation-id': sent }, defaultTextMapGetter);
  expect(read.getValue(correlationIdKey)).toBe(id);
});

it('refuses bad options by name', () => {
  expect(() => new CorrelationPropagator({ hosts: 'a' as never })).toThrow('hosts');
  expect(() => new CorrelationPropagator({ headerName: 'a b' })).toThrow(TracingConfigError);
});
