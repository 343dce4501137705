import { once as event } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addAbortSignal, PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBusinessMetrics, trackBusinessMetrics } from '../src/index.js';
import { valueOf } from './exposition.js';

const chunkMillis = 10;
const chunks = 4;

/** Answers with server-sent events, as model servers do; `?fault=` cuts the line, `?fault=hang` never ends. */
let server: Server;
let base: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const fault = new URL(request.url ?? '/', 'http://local').searchParams.get('fault');
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    let sent = 0;
    const timer = setInterval(() => {
      if (fault === 'cut' && sent === 2) response.destroy();
      if (sent === chunks && fault !== 'hang') response.end('data: [DONE]\n\n');
      if (sent === chunks || response.destroyed) return;
      sent += 1;
      const choices = [{ index: 0, delta: { content: `word ${sent} ` }, finish_reason: null }];
      const chunk = { id: 'c', object: 'chat.completion.chunk', model: 'm', choices };
      response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    }, chunkMillis);
    response.on('close', () => clearInterval(timer));
  });
  server.listen(0, '127.0.0.1');
  await event(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

let metrics: ReturnType<typeof createBusinessMetrics>;
let errors: unknown[];

beforeEach(() => {
  metrics = createBusinessMetrics();
  errors = [];
});

function tracked<F extends (...args: never[]) => unknown>(fn: F): F {
  return trackBusinessMetrics(metrics, { onError: (error) => errors.push(error) })(
    fn as unknown as (...args: never[]) => unknown,
  ) as unknown as F;
}

async function counts() {
  const text = await metrics.registry.metrics();
  return {
    success: valueOf(text, 'detector_requests_total', { status: 'success' }) ?? 0,
    error: valueOf(text, 'detector_requests_total', { status: 'error' }) ?? 0,
    timed: valueOf(text, 'model_inference_duration_seconds_count') ?? 0,
    seconds: valueOf(text, 'model_inference_duration_seconds_sum') ?? 0,
  };
}

const none = { success: 0, error: 0, timed: 0 };
const success = { success: 1, error: 0, timed: 1 };
const failure = { success: 0, error: 1, timed: 1 };
const streamSeconds = (chunks * chunkMillis * 0.8) / 1000;

const open = (fault = '', signal?: AbortSignal) =>
  tracked(async () => {
    const response = await fetch(`${base}/?fault=${fault}`, { ...(signal && { signal }) });
    if (response.body === null) throw new Error('no body');
    return response.body as ReadableStream<Uint8Array>;
  })();

describe('a web stream that a tracked function gives', () => {
  it('is the same kind of stream, timed to its end and counted once', async () => {
    const stream = await open();
    expect(stream).toBeInstanceOf(ReadableStream);
    expect(await counts()).toMatchObject(none);
    let read = 0;
    for await (const part of stream) read += part.byteLength;
    expect(read).toBeGreaterThan(100);
    const after = await counts();
    expect(after).toMatchObject(success);
    expect(after.seconds).toBeGreaterThan(streamSeconds);
  });

  it('is counted once when a reader reads it to the end', async () => {
    const reader = (await open()).getReader();
    while (!(await reader.read()).done) expect(await counts()).toMatchObject(none);
    expect((await reader.read()).done).toBe(true);
    await reader.cancel();
    expect(await counts()).toMatchObject(success);
  });

  it('is counted as a success when it is left early, by break and by cancel', async () => {
    for await (const part of await open('hang')) {
      expect(part.byteLength).toBeGreaterThan(0);
      break;
    }
    expect(await counts()).toMatchObject(success);
    await (await open('hang')).cancel();
    expect(await counts()).toMatchObject({ success: 2, timed: 2 });
  });

  it('is counted once as an error when it is aborted, and the abort reaches the reader', async () => {
    const controller = new AbortController();
    const stream = await open('hang', controller.signal);
    setTimeout(() => controller.abort(), 2 * chunkMillis);
    await expect(async () => {
      for await (const part of stream) expect(part.byteLength).toBeGreaterThan(0);
    }).rejects.toMatchObject({ name: 'AbortError' });
    expect(await counts()).toMatchObject(failure);
    expect(errors).toMatchObject([{ name: 'AbortError' }]);
  });

  it('is counted once as an error when the line is cut', async () => {
    const stream = await open('cut');
    await expect(new Response(stream.pipeThrough(new TransformStream())).text()).rejects.toThrow();
    await expect.poll(counts).toMatchObject(failure);
  });

  it('is counted once when piped and when split', async () => {
    const text = await new Response((await open()).pipeThrough(new TransformStream())).text();
    expect(text).toContain('word 4');
    await expect.poll(counts).toMatchObject(success);
    const [left, right] = (await open()).tee();
    const both = await Promise.all(
      [left, right].map(async (branch) => {
        let read = 0;
        for await (const part of branch) read += part.byteLength;
        return read;
      }),
    );
    expect(both[0]).toBe(both[1]);
    expect(await counts()).toMatchObject({ success: 2, error: 0, timed: 2 });
  });
});

describe('a Node stream that a tracked function gives', () => {
  const openNode = (fault = '') =>
    tracked(async () => {
      const request = get(`${base}/?fault=${fault}`);
      // It is told what ends the answer as well.
      request.on('error', () => undefined);
      const [response] = (await event(request, 'response')) as [IncomingMessage];
      return response;
    })();

  it('is timed to its end and counted once, however it is read', async () => {
    const stream = await openNode();
    await pipeline(stream, new PassThrough().resume());
    await expect.poll(counts).toMatchObject(success);
    expect((await counts()).seconds).toBeGreaterThan(streamSeconds);
    for await (const part of await openNode()) expect(part).toBeInstanceOf(Buffer);
    await expect.poll(counts).toMatchObject({ success: 2, error: 0, timed: 2 });
  });

  it('is counted as a success when it is left early', async () => {
    const source = tracked(() => Readable.from(['a', 'b', 'c']));
    for await (const part of source()) if (part === 'a') break;
    await expect.poll(counts).toMatchObject(success);
  });

  it('is counted once as an error when it is aborted', async () => {
    const stream = await openNode('hang');
    addAbortSignal(AbortSignal.timeout(2 * chunkMillis), stream);
    await expect(stream.toArray()).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(counts).toMatchObject(failure);
  });

  it('is counted once as an error when it fails, which still ends a process that does not listen', async () => {
    const stream = await openNode('cut');
    await expect(pipeline(stream, new PassThrough().resume())).rejects.toThrow('aborted');
    await expect.poll(counts).toMatchObject(failure);
    const silent = tracked(() => new Readable({ read: () => undefined }))();
    expect(silent.listenerCount('error')).toBe(0);
  });

  it('that is over already counts at once', async () => {
    const finished = Readable.from([]);
    finished.resume();
    await event(finished, 'close');
    tracked(() => finished)();
    expect(await counts()).toMatchObject(success);
  });
});

describe('the stream of a model client that a tracked function gives', () => {
  const complete = (fault = '', signal?: AbortSignal) => {
    const client = new OpenAI({
      apiKey: 'none',
      baseURL: base,
      maxRetries: 0,
      defaultQuery: { fault },
    });
    return tracked(() =>
      client.chat.completions.create(
        { model: 'm', messages: [{ role: 'user', content: 'hello' }], stream: true },
        { ...(signal && { signal }) },
      ),
    )();
  };

  it('is timed to its end and counted once', async () => {
    const stream = await complete();
    expect(await counts()).toMatchObject(none);
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe('word 1 word 2 word 3 word 4 ');
    const after = await counts();
    expect(after).toMatchObject(success);
    expect(after.seconds).toBeGreaterThan(streamSeconds);
  });

  it('is counted once when it is left early, aborted, cut off, and split in two', async () => {
    for await (const chunk of await complete('hang')) {
      expect(chunk.model).toBe('m');
      break;
    }
    expect(await counts()).toMatchObject(success);

    const aborted = await complete('hang');
    setTimeout(() => aborted.controller.abort(), 2 * chunkMillis);
    // OpenAI's streams end quietly when they are aborted.
    for await (const chunk of aborted) expect(chunk.model).toBe('m');
    expect(await counts()).toMatchObject({ success: 2, error: 0, timed: 2 });

    await expect(async () => {
      for await (const chunk of await complete('cut')) expect(chunk.model).toBe('m');
    }).rejects.toThrow();
    expect(await counts()).toMatchObject({ success: 2, error: 1, timed: 3 });

    for (const branch of (await complete()).tee()) {
      for await (const chunk of branch) expect(chunk.model).toBe('m');
    }
    expect(await counts()).toMatchObject({ success: 3, error: 1, timed: 4 });
  });

  it('with events is over at its end event, also when it fails, and its errors stay unhandled', async () => {
    const client = (fault: string) =>
      new OpenAI({ apiKey: 'none', baseURL: base, maxRetries: 0, defaultQuery: { fault } });
    const start = (fault = '') =>
      tracked(() =>
        client(fault).chat.completions.stream({
          model: 'm',
          messages: [{ role: 'user', content: 'hello' }],
        }),
      )();
    const cut = start('cut');
    await expect(cut.done()).rejects.toThrow();
    await expect.poll(counts).toMatchObject(failure);
    expect(errors).toHaveLength(1);
    const aborted = start('hang');
    setTimeout(() => aborted.abort(), 2 * chunkMillis);
    await expect(aborted.done()).rejects.toThrow();
    await expect.poll(counts).toMatchObject({ success: 0, error: 2, timed: 2 });
  });
});

describe('an async iterator that is no generator', () => {
  class Counter implements AsyncIterableIterator<number> {
    at = 0;
    async next(): Promise<IteratorResult<number>> {
      await Promise.resolve();
      if (this.at === 3) throw new Error('worn out');
      return { done: false, value: this.at++ };
    }
    return(): Promise<IteratorResult<number>> {
      return Promise.resolve({ done: true, value: undefined });
    }
    [Symbol.asyncIterator](): this {
      return this;
    }
  }

  it('is returned itself and counted once, left early and failing', async () => {
    const make = tracked(() => new Counter());
    const left = make();
    expect(left).toBeInstanceOf(Counter);
    for await (const at of left) if (at === 1) break;
    expect(left.at).toBe(2);
    expect(await counts()).toMatchObject(success);
    await expect(async () => {
      for await (const at of make()) expect(at).toBeLessThan(3);
    }).rejects.toThrow('worn out');
    expect(await counts()).toMatchObject({ success: 1, error: 1, timed: 2 });
  });

  it('that is frozen counts as over at once, and works', async () => {
    const frozen = Object.freeze(Object.assign(new PlainCounter(), {}));
    const given = tracked(() => frozen)();
    expect(await counts()).toMatchObject(success);
    expect(await given.next()).toEqual({ done: true, value: undefined });
  });
});

class PlainCounter {
  next(): Promise<IteratorResult<number>> {
    return Promise.resolve({ done: true, value: undefined });
  }
  [Symbol.asyncIterator](): this {
    return this;
  }
}

it('a page that can be iterated but is no stream is over at once', async () => {
  const page = { data: [1], [Symbol.asyncIterator]: () => [1][Symbol.iterator]() };
  expect(tracked(() => page)()).toBe(page);
  expect(await counts()).toMatchObject(success);
});
