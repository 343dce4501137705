import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { llmContext } from '../src/context.js';
import { MetricsConfigurationError, createActivityTracker } from '../src/index.js';

function handClock(start = 1_000_000) {
  let now = start;
  return { now: () => now, advance: (millis: number) => void (now += millis) };
}

describe('the activity tracker of a process', () => {
  it('forgets a tenant, but not what it is doing', async () => {
    const tracker = createActivityTracker();
    const other = tracker;
    for (const tenant of ['acme', 'acme', 'beta']) tracker.begin(tenant)();
    const end = other.begin('busy');
    other.begin('busy')();
    await tracker.forget('acme');
    await tracker.forget('busy');
    await tracker.forget('nobody');
    expect((await other.snapshot()).tenants).toMatchObject([
      { tenantId: 'busy', activeRequests: 1, requests: 0 },
      { tenantId: 'beta', activeRequests: 0, requests: 1 },
    ]);
    end();
  });

  it('counts requests in progress and tenants within the window', async () => {
    const clock = handClock();
    const tracker = createActivityTracker({ windowMillis: 1000, clock });
    const endA = tracker.begin('a');
    const endB = tracker.begin('b');
    tracker.begin('a');
    expect(await tracker.snapshot()).toEqual({
      activeRequests: 3,
      activeTenants: 2,
      windowMillis: 1000,
      tenants: [
        { tenantId: 'a', activeRequests: 2, requests: 2, lastSeenAt: clock.now() },
        { tenantId: 'b', activeRequests: 1, requests: 1, lastSeenAt: clock.now() },
      ],
    });
    endA();
    endB();
    clock.advance(900);
    expect(await tracker.snapshot()).toMatchObject({ activeRequests: 1, activeTenants: 2 });
    clock.advance(200);
    expect(await tracker.snapshot()).toMatchObject({
      activeRequests: 1,
      activeTenants: 1,
      tenants: [{ tenantId: 'a', activeRequests: 1, requests: 0 }],
    });
  });

  it('ends a request once, however often end is called', async () => {
    const tracker = createActivityTracker();
    const end = tracker.begin('a');
    tracker.begin('a');
    end();
    end();
    expect((await tracker.snapshot()).activeRequests).toBe(1);
    expect(tracker.stats()).toMatchObject({ begun: 2, ended: 1 });
  });

  it('tracks a function until it returns, throws, or its promise settles', async () => {
    const tracker = createActivityTracker();
    const active = async () => (await tracker.snapshot()).activeRequests;
    expect(tracker.track(() => 5, 'a')).toBe(5);
    expect(() =>
      tracker.track(() => {
        throw new Error('no');
      }, 'a'),
    ).toThrow('no');
    let settle: (value: string) => void = () => {};
    const running = tracker.track(() => new Promise<string>((resolve) => (settle = resolve)), 'a');
    expect(await active()).toBe(1);
    settle('done');
    expect(await running).toBe('done');
    await expect(tracker.track(() => Promise.reject(new Error('late')), 'a')).rejects.toThrow(
      'late',
    );
    expect(await active()).toBe(0);
  });

  it('takes the tenant from the request context, else calls it unknown', async () => {
    const tracker = createActivityTracker();
    llmContext.run({ tenantId: 'ctx' }, () => tracker.begin());
    tracker.begin();
    expect((await tracker.snapshot()).tenants.map(({ tenantId }) => tenantId)).toEqual([
      'ctx',
      'unknown',
    ]);
  });

  it('follows no more tenants than it may, keeps the total exact, and admits again after the window', async () => {
    const clock = handClock();
    const tracker = createActivityTracker({ maxTenants: 3, windowMillis: 1000, clock });
    const ends = Array.from({ length: 1000 }, (_, i) => tracker.begin(`t${i}`));
    tracker.begin('x'.repeat(10_000));
    expect(await tracker.snapshot()).toMatchObject({ activeRequests: 1001, activeTenants: 4 });
    expect(tracker.stats()).toMatchObject({ folded: 998, tenants: 4 });
    for (const end of ends) end();
    clock.advance(1001);
    tracker.begin('new');
    const { tenants } = await tracker.snapshot();
    expect(tenants.map(({ tenantId }) => tenantId).sort()).toEqual(['__other__', 'new']);
  });

  it('lists the busiest tenants, as many as asked for', async () => {
    const tracker = createActivityTracker({ maxListedTenants: 2 });
    for (const tenant of ['a', 'b', 'b', 'c', 'c', 'c']) tracker.begin(tenant)();
    const { tenants, activeTenants } = await tracker.snapshot();
    expect(activeTenants).toBe(3);
    expect(tenants.map(({ tenantId, requests }) => [tenantId, requests])).toEqual([
      ['c', 3],
      ['b', 2],
    ]);
  });

  it('survives a clock that goes back', async () => {
    const clock = handClock();
    const tracker = createActivityTracker({ windowMillis: 1000, clock });
    tracker.begin('a')();
    clock.advance(-500_000);
    tracker.begin('a')();
    expect((await tracker.snapshot()).tenants[0]).toMatchObject({ requests: 2 });
  });

  it('agrees with a plain model over any history', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('begin' as const), tenant: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ kind: fc.constant('end' as const), at: fc.nat(20) }),
      fc.record({ kind: fc.constant('wait' as const), millis: fc.nat(700) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const clock = handClock();
        const tracker = createActivityTracker({ windowMillis: 1000, clock });
        const open: { tenant: string; end: () => void }[] = [];
        const seen = new Map<string, number>();
        for (const s of steps) {
          if (s.kind === 'begin') {
            open.push({ tenant: s.tenant, end: tracker.begin(s.tenant) });
            seen.set(s.tenant, clock.now());
          } else if (s.kind === 'end') {
            const [request] = open.splice(s.at, 1);
            request?.end();
            if (request) seen.set(request.tenant, clock.now());
          } else clock.advance(s.millis);
        }
        const busy = new Set(open.map(({ tenant }) => tenant));
        const tenants = [...seen].filter(([t, at]) => busy.has(t) || clock.now() - at <= 1000);
        expect(await tracker.snapshot()).toMatchObject({
          activeRequests: open.length,
          activeTenants: tenants.length,
        });
      }),
    );
  });

  it.each([
    ['windowMillis', 0],
    ['maxTenants', Number.NaN],
    ['maxListedTenants', -1],
    ['clock', {}],
  ])('refuses a bad %s', (option, value) => {
    const create = () => createActivityTracker({ [option]: value });
    expect(create).toThrow(MetricsConfigurationError);
    expect(create).toThrow(`${option} must be`);
  });
});
