import { context, trace } from '@opentelemetry/api';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { Registry, collectDefaultMetrics } from 'prom-client';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type CounterInstrument,
  type GaugeInstrument,
  MetricsConfigurationError,
  MetricsRegistry,
  createInstruments,
} from '../src/index.js';
import { textIn, valueOf } from './exposition.js';

const help = 'Help';

describe('bound children', () => {
  it('record in the series of their labels, together with calls that name the labels', async () => {
    const { counter, gauge, histogram, registry } = createInstruments();
    const requests = counter({ name: 'requests_total', help, labelNames: ['route', 'status'] });
    const bound = requests.bind({ route: '/map', status: 200 });
    bound.inc();
    bound.inc(2);
    requests.inc({ status: '200', route: '/map' });
    const level = gauge({ name: 'level', help, labelNames: ['queue'] }).bind({ queue: 'a' });
    level.set(5);
    level.inc();
    level.dec(3);
    const seconds = histogram({ name: 's', help, labelNames: ['r'], buckets: [1, 2] });
    seconds.bind({ r: 'x' }).observe(1.5);
    expect(seconds.bind({ r: 'x' }).startTimer()()).toBeGreaterThanOrEqual(0);
    const text = await registry.metrics();
    expect(valueOf(text, 'requests_total', { route: '/map', status: '200' })).toBe(4);
    expect(valueOf(text, 'level', { queue: 'a' })).toBe(3);
    expect(valueOf(text, 's_bucket', { le: '1' })).toBe(1);
    expect(valueOf(text, 's_count', { r: 'x' })).toBe(2);
  });

  it('go on, from zero, after their series was removed or everything was reset', async () => {
    const { counter, histogram, gauge, registry } = createInstruments();
    const requests = counter({ name: 'requests_total', help, labelNames: ['route'] });
    const seconds = histogram({ name: 's', help, labelNames: ['route'], buckets: [1] });
    const level = gauge({ name: 'level', help, labelNames: ['route'] });
    const children = [requests, seconds, level].map((one) => one.bind({ route: '/' }));
    const record = () => {
      (children[0] as ReturnType<typeof requests.bind>).inc();
      (children[1] as ReturnType<typeof seconds.bind>).observe(0.5);
      (children[2] as ReturnType<typeof level.bind>).inc();
    };
    const values = async () => {
      const text = await registry.metrics();
      return ['requests_total', 's_count', 'level'].map((name) => valueOf(text, name));
    };
    record();
    record();
    expect(await values()).toEqual([2, 2, 2]);
    for (const metric of [requests, seconds, level]) metric.remove({ route: '/' });
    expect(await values()).toEqual([undefined, undefined, undefined]);
    // Others take the freed places meanwhile; they must not be written to.
    for (let i = 0; i < 100; i++) requests.inc({ route: `/${i}` }, 10);
    requests.inc({ route: '/' });
    record();
    expect(valueOf(await registry.metrics(), 'requests_total', { route: '/' })).toBe(2);
    expect(valueOf(await registry.metrics(), 'requests_total', { route: '/99' })).toBe(10);
    registry.resetMetrics();
    record();
    expect(await values()).toEqual([1, 1, 1]);
  });

  it('are folded when they are bound, and the fold is counted', async () => {
    const { counter, registry, stats } = createInstruments({
      labelLimits: { tenant_id: { maxValues: 1, allow: ['vip'] } },
    });
    const requests = counter({ name: 'requests_total', help, labelNames: ['tenant_id'] });
    for (const tenant_id of ['a', 'b', 'c', 'vip']) requests.bind({ tenant_id }).inc(2);
    const text = await registry.metrics();
    expect(valueOf(text, 'requests_total', { tenant_id: '__other__' })).toBe(4);
    expect(valueOf(text, 'requests_total', { tenant_id: 'vip' })).toBe(2);
    expect(valueOf(text, 'metrics_folded_observations_total', { metric: 'requests_total' })).toBe(
      2,
    );
    expect(stats().folded).toBe(2);
  });

  it('count what they cannot take, and never throw', () => {
    const { counter, gauge, histogram, stats } = createInstruments();
    const c = counter({ name: 'c_total', help }).bind({});
    const g = gauge({ name: 'g', help }).bind({});
    const h = histogram({ name: 'h', help, buckets: [1], range: { min: 0, max: 5 } }).bind({});
    for (const bad of [-1, NaN, Infinity, 'x' as never, null as never, {} as never]) c.inc(bad);
    for (const bad of ['x' as never, null as never, 5n as never]) g.set(bad);
    for (const bad of [-1, 6, NaN, '3' as never]) h.observe(bad);
    expect(stats()).toMatchObject({ accepted: 0, invalidValues: 13 });
  });
});

describe('limits', () => {
  it('may be set for one instrument alone', async () => {
    const { counter, registry } = createInstruments({ labelLimits: { user: { maxValues: 1 } } });
    const wide = counter({
      name: 'wide_total',
      help,
      labelNames: ['user'],
      labelLimits: { user: { maxValues: 3 } },
    });
    const narrow = counter({ name: 'narrow_total', help, labelNames: ['user'] });
    for (const user of ['a', 'b', 'c', 'd']) {
      wide.inc({ user });
      narrow.inc({ user });
    }
    const text = await registry.metrics();
    expect(valueOf(text, 'wide_total', { user: 'c' })).toBe(1);
    expect(valueOf(text, 'wide_total', { user: '__other__' })).toBe(1);
    expect(valueOf(text, 'narrow_total', { user: '__other__' })).toBe(3);
  });

  it('share one count of folds among all sets of instruments in a registry', async () => {
    const registry = new MetricsRegistry();
    const labelLimits = { l: { maxValues: 0 } };
    for (const name of ['a_total', 'b_total']) {
      createInstruments({ registry, labelLimits })
        .counter({ name, help, labelNames: ['l'] })
        .inc({ l: 'x' });
    }
    const text = await registry.metrics();
    for (const metric of ['a_total', 'b_total']) {
      expect(valueOf(text, 'metrics_folded_observations_total', { metric })).toBe(1);
    }
  });
});

describe('idle series', () => {
  it('are removed at the second look, those that changed and gauges above zero are kept', async () => {
    const { counter, gauge, histogram, registry, removeIdle } = createInstruments();
    const c = counter({ name: 'c_total', help, labelNames: ['l'] });
    const h = histogram({ name: 'h', help, labelNames: ['l'], buckets: [1] });
    const g = gauge({ name: 'g', help, labelNames: ['l'] });
    for (const l of ['busy', 'idle']) {
      c.inc({ l });
      h.observe({ l }, 0);
      g.set({ l }, l === 'busy' ? 3 : 0);
    }
    expect(removeIdle()).toBe(0);
    c.inc({ l: 'busy' });
    h.observe({ l: 'busy' }, 0);
    expect(removeIdle()).toBe(3);
    const text = await registry.metrics();
    for (const name of ['c_total', 'h_count', 'g']) {
      expect(valueOf(text, name, { l: 'idle' })).toBeUndefined();
      expect(valueOf(text, name, { l: 'busy' })).toBeDefined();
    }
  });
});

describe('a value that is forgotten', () => {
  it('takes its series with it, leaves those of others, and gives its place away', async () => {
    const { counter, histogram, gauge, registry, forgetValue, admitted } = createInstruments({
      labelLimits: { tenant_id: { maxValues: 2 } },
    });
    const c = counter({ name: 'c_total', help, labelNames: ['tenant_id', 'status'] });
    const h = histogram({ name: 'h', help, labelNames: ['tenant_id'], buckets: [1] });
    const g = gauge({ name: 'g', help, labelNames: ['status'] });
    const bound = c.bind({ tenant_id: 'acme', status: 'ok' });
    for (const tenant_id of ['acme', 'globex']) {
      c.inc({ tenant_id, status: 'ok' });
      c.inc({ tenant_id, status: 'error' });
      h.observe({ tenant_id }, 0);
    }
    g.set({ status: 'acme' }, 1);
    expect(forgetValue('tenant_id', 'acme')).toBe(3);
    expect(forgetValue('tenant_id', 'acme')).toBe(0);
    expect(admitted('tenant_id')).toBe(1);
    const text = await registry.metrics();
    expect(text).not.toContain('tenant_id="acme"');
    expect(valueOf(text, 'c_total', { tenant_id: 'globex', status: 'error' })).toBe(1);
    expect(valueOf(text, 'g', { status: 'acme' })).toBe(1);
    bound.inc();
    c.inc({ tenant_id: 'initech', status: 'ok' });
    const later = await registry.metrics();
    expect(valueOf(later, 'c_total', { tenant_id: 'acme', status: 'ok' })).toBe(1);
    expect(valueOf(later, 'c_total', { tenant_id: 'initech', status: 'ok' })).toBe(1);
  });
});

describe('exemplars', () => {
  const provider = new NodeTracerProvider();
  provider.register();
  afterAll(async () => {
    trace.disable();
    context.disable();
    await provider.shutdown();
  });

  function seconds() {
    const instruments = createInstruments();
    const histogram = instruments.histogram({
      name: 's',
      help,
      labelNames: ['r'],
      buckets: [1, 2],
      exemplars: true,
    });
    const text = () => textIn('openmetrics', instruments.registry);
    const exemplars = async () =>
      [
        ...(await text()).matchAll(/le="([^"]+)".* # \{trace_id="(\w+)",span_id="\w+"\} (\S+) /g),
      ].map(([, le, traceId, value]) => [le, traceId, Number(value)]);
    return { histogram, exemplars, stats: instruments.stats, text };
  }

  it('carry the ids of the active span, one for each bucket and scrape', async () => {
    const { histogram, exemplars } = seconds();
    const bound = histogram.bind({ r: 'x' });
    const observe = (...values: number[]) =>
      trace.getTracer('t').startActiveSpan('s', (span) => {
        for (const value of values) bound.observe(value);
        histogram.observe({ r: 'x' }, 3);
        span.end();
        return span.spanContext().traceId;
      });
    const first = observe(0.5, 0.6);
    observe(0.7);
    expect(await exemplars()).toEqual([
      ['1', first, 0.5],
      ['+Inf', first, 3],
    ]);
    const second = observe(0.8);
    expect((await exemplars())[0]).toEqual(['1', second, 0.8]);
  });

  it('are taken of no span that is not sampled, and looked for a bounded number of times', async () => {
    const { histogram, exemplars } = seconds();
    for (let i = 0; i < 100; i++) histogram.observe({ r: 'x' }, 0.5);
    const span = trace.wrapSpanContext({
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
      traceFlags: 0,
    });
    context.with(trace.setSpan(context.active(), span), () => histogram.observe({ r: 'y' }, 0.5));
    expect(await exemplars()).toEqual([]);
    // The scrape armed it again.
    trace.getTracer('t').startActiveSpan('s', () => histogram.observe({ r: 'x' }, 0.5));
    expect(await exemplars()).toHaveLength(1);
  });

  it('that OpenMetrics does not allow are left out and counted; the observation is not', async () => {
    const { histogram, stats, text } = seconds();
    const bound = histogram.bind({ r: 'x' });
    bound.observe(0.5, { trace_id: 'x'.repeat(129) });
    bound.observe(0.5, { 'not a name': 'x' });
    bound.observe(0.5, {});
    expect(await text()).not.toContain('# {');
    expect(stats()).toMatchObject({ accepted: 3, failed: 3 });
  });
});

describe('the ecosystem of prom-client', () => {
  it('works with a plain registry, its JSON, single metrics, and removal by name', async () => {
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    const { counter, histogram } = createInstruments({ registry });
    const c = counter({ name: 'c_total', help, labelNames: ['l'] });
    c.labels('x').inc(3);
    c.remove('nobody');
    histogram({ name: 'h', help, buckets: [1] }).zero({});
    expect(registry.getSingleMetric('c_total')).toBe(c);
    expect(await registry.getSingleMetricAsString('c_total')).toBe(
      '# HELP c_total Help\n# TYPE c_total counter\nc_total{l="x"} 3',
    );
    registry.removeSingleMetric('c_total');
    expect(await registry.metrics()).not.toContain('c_total');
    expect(valueOf(await registry.metrics(), 'h_count')).toBe(0);
  });

  it('calls `collect` before a scrape and before JSON', async () => {
    const { gauge, counter, registry } = createInstruments();
    let calls = 0;
    const g: GaugeInstrument<never> = gauge({ name: 'g', help, collect: () => g.set(++calls) });
    const c: CounterInstrument<never> = counter({
      name: 'c_total',
      help,
      collect: async () => c.inc(),
    });
    expect(valueOf(await registry.metrics(), 'g')).toBe(1);
    const json = await registry.getMetricsAsJSON();
    expect(json.find(({ name }) => name === 'c_total')?.values[0]?.value).toBe(2);
    expect(calls).toBe(2);
  });
});

describe('configuration', () => {
  const { counter, histogram } = createInstruments();
  counter({ name: 'taken', help });
  it.each([
    ['name', () => counter({ name: 'no-dash', help })],
    ['x.help', () => counter({ name: 'x', help: '' })],
    ['x.labelNames', () => counter({ name: 'x', help, labelNames: ['le'] })],
    ['x.labelNames', () => counter({ name: 'x', help, labelNames: ['__name'] })],
    ['x.labelNames', () => counter({ name: 'x', help, labelNames: ['a', 'a'] })],
    ['x.buckets', () => histogram({ name: 'x', help, buckets: [2, 1] })],
    ['x.buckets', () => histogram({ name: 'x', help, buckets: [NaN] })],
    ['x.collect', () => counter({ name: 'x', help, collect: 1 as never })],
    ['registry', () => counter({ name: 'taken', help })],
    ['labelLimits.a.maxValues', () => createInstruments({ labelLimits: { a: { maxValues: -1 } } })],
  ])('refuses a bad %s', (option, create) => {
    expect(create).toThrow(MetricsConfigurationError);
    expect(create).toThrow(`${option} must be`);
  });
});
