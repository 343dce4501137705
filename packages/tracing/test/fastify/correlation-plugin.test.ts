import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { correlationPlugin, createGenReqId, genReqId } from '../../src/fastify.js';
import { getCorrelationId, withLlmContext, getLlmContext } from '../../src/index.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
let app: FastifyInstance;

afterEach(() => app.close());

describe('correlationPlugin', () => {
  it('keeps the id through every hook, a real body and the handler, and apart in parallel', async () => {
    app = Fastify({ genReqId });
    const seen: Record<string, (string | undefined)[]> = {};
    const note = (id: string): number => (seen[id] ??= []).push(getCorrelationId());
    await app.register(correlationPlugin);
    app.addHook('onRequest', async (request) => void note(request.id));
    app.addHook('preParsing', async (request, _reply, payload) => {
      note(request.id);
      return payload;
    });
    app.addHook('preValidation', async (request) => void note(request.id));
    app.addHook('preHandler', (request, _reply, done) => {
      note(request.id);
      done();
    });
    app.addHook('onSend', async (request) => void note(request.id));
    app.addHook('onResponse', async (request) => void note(request.id));
    app.post('/', async (request) => {
      await sleep((request.body as { wait: number }).wait);
      return withLlmContext({ tenantId: 't' }, () => ({ ...getLlmContext(), id: request.id }));
    });
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const ids = ['slow', 'quick', 'other'];
    const answers = await Promise.all(
      ids.map((id, index) =>
        fetch(url, {
          method: 'POST',
          headers: { 'X-Correlation-ID': id, 'content-type': 'application/json' },
          // Large enough to arrive in several pieces.
          body: JSON.stringify({ wait: 15 - index * 5, filler: 'x'.repeat(300_000) }),
        }),
      ),
    );
    expect(answers.map((answer) => answer.headers.get('x-correlation-id'))).toEqual(ids);
    expect(await Promise.all(answers.map((answer) => answer.json()))).toEqual(
      ids.map((id) => ({ correlationId: id, tenantId: 't', id })),
    );
    await app.close();
    for (const id of ids) expect(seen[id]).toEqual(Array(6).fill(id));
  });

  it('keeps the id when a content type parser loses the context', async () => {
    app = Fastify();
    const outside = setInterval(() => waiting.splice(0).forEach((done) => done()), 1);
    const waiting: (() => void)[] = [];
    app.addContentTypeParser('text/odd', (_request, _payload, done) => {
      waiting.push(() => done(null, 'parsed'));
    });
    await app.register(correlationPlugin);
    app.post('/', () => ({ id: getCorrelationId() }));
    const answer = await app.inject({
      method: 'POST',
      url: '/',
      headers: { 'content-type': 'text/odd', 'x-correlation-id': 'kept' },
      payload: 'x',
    });
    clearInterval(outside);
    expect(answer.json()).toEqual({ id: 'kept' });
  });

  it('holds for routes of the instance outside the plugin, for errors and for unknown routes', async () => {
    app = Fastify();
    await app.register(correlationPlugin);
    app.get('/', () => getCorrelationId());
    app.get('/fail', () => {
      throw new Error('no');
    });
    const headers = { 'x-correlation-id': 'abc' };
    expect((await app.inject({ url: '/', headers })).body).toBe('abc');
    for (const [url, status] of [
      ['/fail', 500],
      ['/nowhere', 404],
    ] as const) {
      const answer = await app.inject({ url, headers });
      expect([answer.statusCode, answer.headers['x-correlation-id']]).toEqual([status, 'abc']);
    }
  });

  it('gives hostile headers a fresh id and injects nothing', async () => {
    app = Fastify({ genReqId });
    await app.register(correlationPlugin);
    app.get('/', (request) => request.id);
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    for (const value of ['a\r\n X-Evil: 1', 'x'.repeat(10_240), 'h\xc3\xa9', 'a, b']) {
      const socket = connect(port, '127.0.0.1');
      socket.write(
        Buffer.from(
          `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Correlation-ID: ${value}\r\n\r\n`,
          'latin1',
        ),
      );
      let answer = '';
      for await (const chunk of socket) answer += String(chunk);
      expect(answer.toLowerCase()).not.toContain('x-evil');
      const [head = '', body = ''] = answer.split('\r\n\r\n');
      // Fastify's injection tests cannot send folded lines; Node answers them itself with 400.
      if (head.startsWith('HTTP/1.1 400')) continue;
      expect(body).toMatch(uuid);
      expect(head.toLowerCase()).toContain(`x-correlation-id: ${body}`);
    }
  });

  it('takes the last options when it is registered again, and does not believe genReqId', async () => {
    app = Fastify({ genReqId });
    await app.register(correlationPlugin);
    await app.register(correlationPlugin, { trustIncoming: false });
    app.get('/', () => getCorrelationId());
    const answer = await app.inject({ url: '/', headers: { 'x-correlation-id': 'abc' } });
    expect(answer.body).toMatch(uuid);
    expect(answer.headers['x-correlation-id']).toBe(answer.body);
  });

  it('shares options with a genReqId of its own', async () => {
    const options = { trustIncoming: false };
    app = Fastify({ genReqId: createGenReqId(options) });
    await app.register(correlationPlugin, options);
    app.get('/', (request) => `${request.id} ${getCorrelationId()}`);
    const answer = await app.inject({ url: '/', headers: { 'x-correlation-id': 'abc' } });
    const [requestId, correlationId] = answer.body.split(' ');
    expect(requestId).toMatch(uuid);
    expect(correlationId).toBe(requestId);
  });

  it('refuses bad options when the application starts', async () => {
    app = Fastify();
    await expect(
      app.register(correlationPlugin, { headerName: 'no good' }) as unknown as Promise<unknown>,
    ).rejects.toThrow('headerName: expected the name of an HTTP header, got "no good"');
  });
});
