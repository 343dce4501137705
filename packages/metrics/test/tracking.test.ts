import ts from 'typescript';
import { describe, expect, it, vi } from 'vitest';
import { llmContext } from '../src/context.js';
import {
  MetricsConfigurationError,
  createBusinessMetrics,
  trackBusinessMetrics,
} from '../src/index.js';
import { valueOf } from './exposition.js';

type Metrics = ReturnType<typeof createBusinessMetrics>;

const sleep = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));

async function counts(metrics: Metrics) {
  const text = await metrics.registry.metrics();
  return {
    success: valueOf(text, 'detector_requests_total', { status: 'success' }) ?? 0,
    error: valueOf(text, 'detector_requests_total', { status: 'error' }) ?? 0,
    timed: valueOf(text, 'model_inference_duration_seconds_count') ?? 0,
    seconds: valueOf(text, 'model_inference_duration_seconds_sum') ?? 0,
    confidences: valueOf(text, 'mapping_confidence_score_count') ?? 0,
    confidence: valueOf(text, 'mapping_confidence_score_sum') ?? 0,
  };
}

const once = { success: 1, error: 0, timed: 1 };
const failedOnce = { success: 0, error: 1, timed: 1, confidences: 0 };

describe('a wrapped function', () => {
  it('is timed, counted and its confidence observed, sync', async () => {
    const metrics = createBusinessMetrics();
    const tracked = trackBusinessMetrics(metrics)(function detect(text: string) {
      return { confidence: 0.75, length: text.length };
    });
    expect(tracked('abc')).toEqual({ confidence: 0.75, length: 3 });
    expect(await counts(metrics)).toMatchObject({ ...once, confidences: 1, confidence: 0.75 });
    const text = await metrics.registry.metrics();
    expect(
      valueOf(text, 'detector_requests_total', { detector_type: 'detect', tenant_id: 'unknown' }),
    ).toBe(1);
    expect(
      valueOf(text, 'model_inference_duration_seconds_count', {
        model_name: 'detect',
        model_version: 'unknown',
      }),
    ).toBe(1);
  });

  it('is timed to the end of its promise', async () => {
    const metrics = createBusinessMetrics();
    const detect = trackBusinessMetrics(metrics)(async () => {
      await sleep(40);
      return { confidence: 1 };
    });
    const promise = detect();
    expect(await counts(metrics)).toMatchObject({ timed: 0 });
    expect(await promise).toEqual({ confidence: 1 });
    const after = await counts(metrics);
    expect(after).toMatchObject({ ...once, confidence: 1 });
    expect(after.seconds).toBeGreaterThan(0.03);
    expect(after.seconds).toBeLessThan(5);
  });

  it('hands its error to onError and rethrows the same one, sync and async', async () => {
    const error = Object.freeze(new Error('model down'));
    const failures = {
      sync: () => {
        throw error;
      },
      async: async () => {
        throw error;
      },
    };
    for (const [name, fail] of Object.entries(failures)) {
      const metrics = createBusinessMetrics();
      const onError = vi.fn();
      const tracked = trackBusinessMetrics(metrics, { onError })(fail);
      await expect((async () => tracked())()).rejects.toBe(error);
      expect(await counts(metrics)).toMatchObject(failedOnce);
      expect(onError).toHaveBeenCalledTimes(1);
      expect(onError).toHaveBeenCalledWith(error, {
        functionName: name,
        durationSeconds: expect.any(Number) as number,
      });
    }
  });

  it('rethrows what is thrown even if it is no error', async () => {
    const metrics = createBusinessMetrics();
    const tracked = trackBusinessMetrics(metrics)(() => {
      throw undefined;
    });
    let caught: unknown = 'nothing';
    try {
      tracked();
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeUndefined();
    expect(await counts(metrics)).toMatchObject(failedOnce);
  });

  it('is not disturbed by an onError that throws or rejects', async () => {
    const metrics = createBusinessMetrics();
    const answers = [
      () => {
        throw new Error('reporter');
      },
      () => Promise.reject(new Error('reporter')),
    ];
    const tracker = trackBusinessMetrics(metrics, { onError: () => answers.shift()?.() });
    const tracked = tracker(() => {
      throw new Error('original');
    });
    expect(tracked).toThrow('original');
    expect(tracked).toThrow('original');
    await sleep(0);
    expect(tracker.stats()).toMatchObject({ calls: 2, errors: 2, onErrorFailures: 2 });
  });

  it('keeps this, arguments, name and length', () => {
    const tracker = trackBusinessMetrics(createBusinessMetrics());
    const object = {
      factor: 3,
      times: tracker(function times(this: { factor: number }, n: number) {
        return this.factor * n;
      }),
    };
    expect(object.times(4)).toBe(12);
    expect(object.times.name).toBe('times');
    expect(object.times).toHaveLength(1);
  });

  it('leaves an unhandled rejection unhandled', async () => {
    const seen: unknown[] = [];
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (reason) => seen.push(reason));
    try {
      const tracked = trackBusinessMetrics(createBusinessMetrics())(async () => {
        throw new Error('nobody looks');
      });
      void tracked();
      await sleep(20);
    } finally {
      process.removeAllListeners('unhandledRejection');
      for (const listener of listeners) process.on('unhandledRejection', listener);
    }
    expect(seen).toEqual([expect.objectContaining({ message: 'nobody looks' })]);
  });

  it('returns a lazy thenable itself, starts it no sooner and counts it once', async () => {
    const metrics = createBusinessMetrics();
    let runs = 0;
    class Query {
      readonly text = 'select 1';
      then<T>(onOk: (value: { confidence: number }) => T) {
        runs++;
        return Promise.resolve({ confidence: 0.5 }).then(onOk);
      }
    }
    const query = trackBusinessMetrics(metrics)(() => new Query())();
    await sleep(5);
    expect(runs).toBe(0);
    expect(query).toBeInstanceOf(Query);
    expect(query.text).toBe('select 1');
    expect(await query).toEqual({ confidence: 0.5 });
    expect(runs).toBe(1);
    await query;
    expect(await counts(metrics)).toMatchObject({ ...once, confidences: 1 });
  });
});

describe('a generator', () => {
  async function* stream() {
    for (let i = 0; i < 3; i++) {
      await sleep(10);
      yield i;
    }
    return { confidence: 0.9 };
  }

  it('is timed to its end and counted once, with the confidence of what it returns', async () => {
    const metrics = createBusinessMetrics();
    const tracked = trackBusinessMetrics(metrics)(stream);
    const seen: number[] = [];
    const generator = tracked();
    await sleep(30);
    for await (const value of generator) seen.push(value);
    expect(seen).toEqual([0, 1, 2]);
    await generator.next();
    const after = await counts(metrics);
    expect(after).toMatchObject({ ...once, confidence: 0.9 });
    expect(after.seconds).toBeGreaterThan(0.025);
    expect(Object.prototype.toString.call(generator)).toBe('[object AsyncGenerator]');
  });

  it('counts once when it is left early, and runs its finally', async () => {
    const metrics = createBusinessMetrics();
    let cleaned = false;
    const tracked = trackBusinessMetrics(metrics)(async function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        cleaned = true;
      }
    });
    for await (const value of tracked()) if (value === 1) break;
    expect(cleaned).toBe(true);
    expect(await counts(metrics)).toMatchObject({ ...once, confidences: 0 });
  });

  it('counts an error once when it fails, sync and async', async () => {
    const error = new Error('cut off');
    const metrics = createBusinessMetrics();
    const onError = vi.fn();
    const tracker = trackBusinessMetrics(metrics, {
      onError,
      detectorType: 'stream',
      modelName: 'm',
    });
    const async = tracker(async function* () {
      yield 1;
      throw error;
    });
    await expect(async () => {
      for await (const value of async()) expect(value).toBe(1);
    }).rejects.toBe(error);
    const sync = tracker(function* () {
      yield 1;
      throw error;
    });
    expect(() => [...sync()]).toThrow(error);
    expect(await counts(metrics)).toMatchObject({ success: 0, error: 2, timed: 2 });
    expect(onError).toHaveBeenCalledTimes(2);
  });

  it('is followed behind a promise too', async () => {
    const metrics = createBusinessMetrics();
    const open = trackBusinessMetrics(metrics)(async () => {
      await sleep(10);
      return stream();
    });
    const generator = await open();
    expect(await counts(metrics)).toMatchObject({ timed: 0 });
    for await (const value of generator) expect(value).toBeTypeOf('number');
    const after = await counts(metrics);
    expect(after).toMatchObject({ ...once, confidence: 0.9 });
    expect(after.seconds).toBeGreaterThan(0.035);
  });
});

describe('labels', () => {
  it('come from options, static or computed from the call', async () => {
    const metrics = createBusinessMetrics();
    const track = trackBusinessMetrics<
      [{ model: string; tenant: string }],
      { score: number; kind: string }
    >(metrics, {
      modelName: ({ args }) => args[0].model,
      modelVersion: '2024-08',
      detectorType: 'injection',
      tenantId: ({ args: [request] }) => request.tenant,
      framework: 'OWASP',
      category: ({ result }) => result?.kind,
      confidence: ({ result }) => result?.score,
    });
    track((request: { model: string; tenant: string }) => ({ score: 0.25, kind: request.model }))({
      model: 'gpt',
      tenant: 'acme',
    });
    const text = await metrics.registry.metrics();
    expect(
      valueOf(text, 'detector_requests_total', {
        detector_type: 'injection',
        tenant_id: 'acme',
        status: 'success',
      }),
    ).toBe(1);
    expect(
      valueOf(text, 'model_inference_duration_seconds_count', {
        model_name: 'gpt',
        model_version: '2024-08',
      }),
    ).toBe(1);
    expect(
      valueOf(text, 'mapping_confidence_score_sum', { framework: 'OWASP', category: 'gpt' }),
    ).toBe(0.25);
  });

  it('take the tenant of the context the call began in, and framework and category from the result', async () => {
    const metrics = createBusinessMetrics();
    const tracked = trackBusinessMetrics(metrics)(async () => {
      await sleep(5);
      return { confidence: 0.5, framework: 'GDPR', category: 'email' };
    });
    await Promise.all(['a', 'b'].map((tenantId) => llmContext.run({ tenantId }, () => tracked())));
    const text = await metrics.registry.metrics();
    expect(valueOf(text, 'detector_requests_total', { tenant_id: 'a' })).toBe(1);
    expect(valueOf(text, 'detector_requests_total', { tenant_id: 'b' })).toBe(1);
    expect(
      valueOf(text, 'mapping_confidence_score_count', { framework: 'GDPR', category: 'email' }),
    ).toBe(2);
  });

  it('that throw are counted and fall back, and a confidence out of range is not observed', async () => {
    const metrics = createBusinessMetrics();
    const tracker = trackBusinessMetrics(metrics, {
      tenantId: () => {
        throw new Error('label');
      },
    });
    for (const confidence of [1.1, Number.NaN, '0.5', null, undefined])
      tracker(() => ({ confidence }))();
    tracker(() => null)();
    tracker(() => 'text')();
    expect(tracker.stats()).toMatchObject({ calls: 7, labelFailures: 7, invalidConfidences: 3 });
    const after = await counts(metrics).catch((error: unknown) => error);
    expect(after).toMatchObject({ confidences: 0 });
  });
});

describe('a decorator', () => {
  it('tracks a method under its name (standard)', async () => {
    const metrics = createBusinessMetrics();
    const tracker = trackBusinessMetrics(metrics);
    class Detector {
      readonly #confidence = 0.5;
      @tracker
      async scan(text: string) {
        return { confidence: this.#confidence, text };
      }
    }
    expect(await new Detector().scan('x')).toEqual({ confidence: 0.5, text: 'x' });
    expect(await counts(metrics)).toMatchObject({ ...once, confidence: 0.5 });
    expect(
      valueOf(await metrics.registry.metrics(), 'detector_requests_total', {
        detector_type: 'scan',
      }),
    ).toBe(1);
  });

  it('tracks a method under its name (legacy, compiled by TypeScript)', async () => {
    const metrics = createBusinessMetrics();
    const { outputText } = ts.transpileModule(
      `class Detector {
         confidence = 0.5;
         @track scan(text: string) { return { confidence: this.confidence, text }; }
         @track static async check() { throw new Error('no'); }
       }
       return Detector;`,
      {
        compilerOptions: {
          experimentalDecorators: true,
          target: ts.ScriptTarget.ES2022,
          module: ts.ModuleKind.CommonJS,
        },
      },
    );
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- runs what the compiler made
    const define = new Function('track', outputText) as (track: unknown) => {
      new (): { scan(text: string): unknown };
      check(): Promise<never>;
    };
    const Detector = define(trackBusinessMetrics(metrics, { modelName: 'm', detectorType: 'd' }));
    expect(new Detector().scan('x')).toEqual({ confidence: 0.5, text: 'x' });
    await expect(Detector.check()).rejects.toThrow('no');
    expect(await counts(metrics)).toMatchObject({ success: 1, error: 1, timed: 2 });
  });
});

describe('configuration', () => {
  it('is refused when bad, with the option named and the value quoted', () => {
    const metrics = createBusinessMetrics();
    expect(() => trackBusinessMetrics({} as never)).toThrow(/^metrics must be .*got \{\}/);
    expect(() => trackBusinessMetrics(metrics, { modelName: 5 as never })).toThrow(
      /^modelName must be .*got 5/,
    );
    expect(() => trackBusinessMetrics(metrics, { onError: 'log' as never })).toThrow(
      /^onError must be .*'log'/,
    );
    expect(() => trackBusinessMetrics(metrics)(7 as never)).toThrow(MetricsConfigurationError);
  });
});
