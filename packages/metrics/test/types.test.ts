import type { Dashboard, DataQuery, Panel } from '@grafana/schema';
import type { Pool } from 'pg';
import { type OpenMetricsContentType, Registry } from 'prom-client';
import type { Redis } from 'ioredis';
import type { RedisClientType } from 'redis';
import { describe, expectTypeOf, it } from 'vitest';
import {
  type BoundCounter,
  type BusinessMetrics,
  type ComplianceScore,
  type Database,
  type FailedPart,
  type GrafanaDashboard,
  type RedisClient,
  type RealtimeMetrics,
  createBusinessMetrics,
  createInstruments,
  isFailedPart,
  trackBusinessMetrics,
} from '../src/index.js';

type Writable<T> = { -readonly [K in keyof T]: Writable<T[K]> };
type Element<T> = T extends readonly (infer E)[] ? E : never;

describe('the types', () => {
  it('carry the registry’s content type through', () => {
    expectTypeOf(createBusinessMetrics()).toEqualTypeOf<BusinessMetrics>();
    expectTypeOf(createBusinessMetrics().registry).toEqualTypeOf<Registry>();
    const registry = new Registry<OpenMetricsContentType>();
    expectTypeOf(createBusinessMetrics({ registry }).registry).toEqualTypeOf(registry);
  });

  it('know each metric’s labels', () => {
    const { detectorRequests, complianceViolations } = createBusinessMetrics();
    // @ts-expect-error -- `tenant` is no label of it
    detectorRequests.inc({ tenant: 'acme' });
    // @ts-expect-error -- `status` is no label of it
    complianceViolations.inc({ status: 'error' });
  });

  it('ask for every label of a bound child, and for no other', () => {
    const { detectorRequests } = createBusinessMetrics();
    const labels = { detector_type: 'pii', tenant_id: 'acme', status: 'success' };
    expectTypeOf(detectorRequests.bind(labels)).toEqualTypeOf<BoundCounter>();
    // @ts-expect-error -- `status` is missing
    detectorRequests.bind({ detector_type: 'pii', tenant_id: 'acme' });
    // @ts-expect-error -- `tenant` is no label of it
    detectorRequests.bind({ ...labels, tenant: 'acme' });
    const { counter } = createInstruments();
    const own = counter({ name: 'own_total', help: 'Own', labelNames: ['route', 'code'] });
    own.bind({ route: '/', code: 200 }).inc();
    // @ts-expect-error -- `path` is no label of it
    own.bind({ route: '/', code: 200, path: '/x' });
  });

  it('leave a tracked function what it was', () => {
    const tracker = trackBusinessMetrics(createBusinessMetrics());
    const fn = async (text: string, n?: number) => ({ text, n });
    expectTypeOf(tracker(fn)).toEqualTypeOf(fn);
    trackBusinessMetrics<[string], { score: number }>(createBusinessMetrics(), {
      modelName: ({ args }) => {
        expectTypeOf(args).toEqualTypeOf<[string]>();
        return args[0];
      },
      confidence: ({ result }) => result?.score,
    });
  });

  it('make a viewer tell a failed part from a read one', () => {
    const check = (metrics: RealtimeMetrics) => {
      expectTypeOf(metrics.complianceScore).toEqualTypeOf<ComplianceScore | FailedPart>();
      if (!isFailedPart(metrics.complianceScore)) {
        expectTypeOf(metrics.complianceScore.overallScore).toEqualTypeOf<number | null>();
      }
    };
    expectTypeOf(check).toBeFunction();
  });

  it('make a dashboard that Grafana’s own schema takes, with no field that it does not know', () => {
    type Ours = Writable<GrafanaDashboard>;
    type OurPanel = Element<Ours['panels']>;
    expectTypeOf<Ours>().toExtend<Dashboard>();
    expectTypeOf<OurPanel>().toExtend<Panel>();
    expectTypeOf<Exclude<keyof Ours, keyof Dashboard>>().toBeNever();
    expectTypeOf<Exclude<keyof OurPanel, keyof Panel>>().toBeNever();
    expectTypeOf<keyof OurPanel['fieldConfig']['defaults']>().toExtend<
      keyof NonNullable<Panel['fieldConfig']>['defaults']
    >();
    expectTypeOf<Element<OurPanel['targets']>>().toExtend<DataQuery>();
  });

  it('accept the clients that people have', () => {
    expectTypeOf<Pool>().toExtend<Database>();
    expectTypeOf<Redis>().toExtend<RedisClient>();
    expectTypeOf<RedisClientType>().toExtend<RedisClient>();
  });
});
