import { once } from 'node:events';
import { createServer, request, type IncomingHttpHeaders, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { trace } from '@opentelemetry/api';
import express from 'express';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  correlationMiddleware,
  getCorrelationId,
  isCorrelationId,
  stats,
  TracingConfigError,
  type CorrelationOptions,
} from '../src/index.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function listen(server: Server): Promise<number> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A plain server whose answer is the id that its handler sees. */
async function plain(options?: CorrelationOptions): Promise<number> {
  const middleware = correlationMiddleware(options);
  const server = createServer({ maxHeaderSize: 64 * 1024 }, (req, res) =>
    middleware(req, res, () => {
      void sleep(1).then(() => res.end(getCorrelationId() ?? 'none'));
    }),
  );
  return listen(server);
}

async function ask(
  port: number,
  headers: Record<string, string | string[]> = {},
  body?: string,
): Promise<Answer> {
  const req = request({ port, host: '127.0.0.1', headers, method: body ? 'POST' : 'GET' });
  req.end(body);
  const [res] = (await once(req, 'response')) as [import('node:http').IncomingMessage];
  let text = '';
  for await (const chunk of res) text += String(chunk);
  return { headers: res.headers, body: text };
}

/** Sends bytes that no HTTP client would. */
async function raw(port: number, head: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(
    Buffer.from(`GET / HTTP/1.1\r\nHost: x\r\n${head}\r\nConnection: close\r\n\r\n`, 'latin1'),
  );
  let text = '';
  socket.setEncoding('latin1');
  for await (const chunk of socket) text += String(chunk);
  return text;
}

describe('correlationMiddleware under node:http', () => {
  it('takes X-Correlation-ID, runs the handler under it and returns it', async () => {
    const { headers, body } = await ask(await plain(), {
      'X-Correlation-ID': 'abc.DEF:1_2-3',
      'X-Request-ID': 'other',
    });
    expect([headers['x-correlation-id'], body]).toEqual(['abc.DEF:1_2-3', 'abc.DEF:1_2-3']);
  });

  it('takes X-Request-ID when there is no valid X-Correlation-ID', async () => {
    const port = await plain();
    expect((await ask(port, { 'X-Request-ID': 'r-1' })).body).toBe('r-1');
    expect((await ask(port, { 'X-Request-ID': 'r-1', 'X-Correlation-ID': 'no good' })).body).toBe(
      'r-1',
    );
  });

  it('makes an id when none was sent, another one for each request', async () => {
    const port = await plain();
    const [one, two] = [await ask(port), await ask(port)];
    expect(one.body).toMatch(uuid);
    expect(one.headers['x-correlation-id']).toBe(one.body);
    expect(two.body).not.toBe(one.body);
  });

  it.each([
    ['10 kB long', 'a'.repeat(10_240)],
    ['129 characters long', 'a'.repeat(129)],
    ['empty', ''],
    ['unicode', Buffer.from('ünïcødé').toString('latin1')],
    ['with a space', 'a b'],
    ['markup', '<script>alert(1)</script>'],
    ['a log line', '{"level":"error"}'],
  ])('gives a fresh id to a request whose header is %s', async (_, value) => {
    const { headers, body } = await ask(await plain(), { 'X-Correlation-ID': value });
    expect(body).toMatch(uuid);
    expect(headers['x-correlation-id']).toBe(body);
  });

  it('gives a fresh id to a request that brings two', async () => {
    const { body } = await ask(await plain(), { 'X-Correlation-ID': ['a', 'b'] });
    expect(body).toMatch(uuid);
  });

  it('lets no header be injected by line breaks of any kind', async () => {
    const port = await plain();
    for (const end of ['\r\n ', '\n', '\r', '%0d%0a', '\u2028', '\u0085', '\0']) {
      const answer = await raw(port, `X-Correlation-ID: a${end}X-Evil: 1`);
      expect(answer.toLowerCase().split('\r\n\r\n')[0]).not.toContain('x-evil');
    }
    // As two headers, which is what CR LF makes of it, the first one is an ordinary id.
    expect(await raw(port, 'X-Correlation-ID: a\r\nX-Evil: 1')).toContain(
      'X-Correlation-ID: a\r\n',
    );
  });

  it('answers any header with one valid id, the sent one exactly if it is valid', async () => {
    const port = await plain();
    const headerChar = fc.integer({ min: 0x20, max: 0xff }).filter((code) => code !== 0x7f);
    const value = fc.oneof(
      fc.array(headerChar, { maxLength: 200 }).map((codes) => String.fromCharCode(...codes)),
      fc.stringMatching(/^[A-Za-z0-9._:-]{1,140}$/),
    );
    await fc.assert(
      fc.asyncProperty(value, async (sent) => {
        const { headers, body } = await ask(port, { 'X-Correlation-ID': sent });
        expect(isCorrelationId(body)).toBe(true);
        expect(headers['x-correlation-id']).toBe(body);
        const trimmed = sent.replace(/^[ \t]+|[ \t]+$/g, '');
        if (isCorrelationId(trimmed)) expect(body).toBe(trimmed);
        else expect(body).toMatch(uuid);
      }),
      { numRuns: 200 },
    );
  });

  it('does not trust ids where it is told not to', async () => {
    const sent = { 'X-Correlation-ID': 'abc' };
    expect((await ask(await plain({ trustIncoming: false }), sent)).body).toMatch(uuid);
    const byHeader = await plain({ trustIncoming: (req) => req.headers['x-internal'] === 'yes' });
    expect((await ask(byHeader, sent)).body).toMatch(uuid);
    expect((await ask(byHeader, { ...sent, 'x-internal': 'yes' })).body).toBe('abc');
  });

  it('does not trust ids when the function that decides throws or promises', async () => {
    const sent = { 'X-Correlation-ID': 'abc' };
    const before = stats();
    const throwing = await plain({
      trustIncoming: () => {
        throw new Error('oops');
      },
    });
    expect((await ask(throwing, sent)).body).toMatch(uuid);
    const promising = await plain({ trustIncoming: (async () => true) as never });
    expect((await ask(promising, sent)).body).toMatch(uuid);
    expect(stats().internalErrors).toBe(before.internalErrors + 1);
    expect(stats().idsRejected).toBe(before.idsRejected + 2);
    expect(stats().idsGenerated).toBe(before.idsGenerated + 2);
  });

  it('uses the header and the generator that it is given', async () => {
    let next = 0;
    const port = await plain({
      headerName: 'X-Trace-Key',
      fallbackHeaderNames: [],
      generateId: () => ['own-1', 'not valid!'][next++]!,
    });
    const one = await ask(port, { 'X-Correlation-ID': 'abc', 'X-Request-ID': 'r' });
    expect([one.body, one.headers['x-trace-key']]).toEqual(['own-1', 'own-1']);
    expect((await ask(port)).body).toMatch(uuid);
    expect((await ask(port, { 'X-Trace-Key': 'k' })).headers['x-trace-key']).toBe('k');
  });

  it('answers with one id when it is mounted twice', async () => {
    const [one, two] = [correlationMiddleware(), correlationMiddleware()];
    const port = await listen(
      createServer((req, res) =>
        one(req, res, () => {
          const first = getCorrelationId();
          two(req, res, () => res.end(`${first} ${getCorrelationId()}`));
        }),
      ),
    );
    const [first, second] = (await ask(port)).body.split(' ');
    expect(first).toMatch(uuid);
    expect(second).toBe(first);
  });

  it('goes on when the headers are out already', async () => {
    const middleware = correlationMiddleware();
    const port = await listen(
      createServer((req, res) => {
        res.writeHead(200).flushHeaders();
        middleware(req, res, () => res.end(getCorrelationId()));
      }),
    );
    expect((await ask(port, { 'X-Correlation-ID': 'late' })).body).toBe('late');
  });

  it('keeps the context in the events of request and response', async () => {
    const middleware = correlationMiddleware();
    const seen: (string | undefined)[] = [];
    const port = await listen(
      createServer((req, res) =>
        middleware(req, res, () => {
          req.on('data', () => seen.push(getCorrelationId()));
          req.on('end', () => {
            seen.push(getCorrelationId());
            res.end();
          });
          res.on('finish', () => seen.push(getCorrelationId()));
        }),
      ),
    );
    await ask(port, { 'X-Correlation-ID': 'ev' }, 'body');
    expect(seen).toEqual(['ev', 'ev', 'ev']);
  });

  it('works with no SDK: no span is active', () => {
    expect(trace.getActiveSpan()).toBeUndefined();
  });

  it.each([
    ['trustIncoming', { trustIncoming: 'yes' as never }],
    ['headerName', { headerName: 'X Bad\r\n' }],
    ['headerName', { headerName: '' }],
    ['fallbackHeaderNames', { fallbackHeaderNames: ['ok', ''] }],
    ['fallbackHeaderNames', { fallbackHeaderNames: 'X-Request-ID' as never }],
    ['generateId', { generateId: 5 as never }],
  ])('refuses a bad %s, quoting the value', (option, options) => {
    expect(() => correlationMiddleware(options)).toThrow(TracingConfigError);
    expect(() => correlationMiddleware(options)).toThrow(`${option}: expected`);
    expect(() => correlationMiddleware(options)).toThrow(JSON.stringify(Object.values(options)[0]));
  });
});

describe('correlationMiddleware under Express', () => {
  it('keeps the id through a body parser, parallel requests and the error handler', async () => {
    const app = express();
    app.use(correlationMiddleware());
    app.use(express.json());
    app.post('/', async (req, res) => {
      const parsed = getCorrelationId();
      await sleep((req.body as { wait: number }).wait);
      if (getCorrelationId() === 'fails') throw new Error('handler');
      res.send(`${parsed} ${getCorrelationId()}`);
    });
    const onError: express.ErrorRequestHandler = (error, _req, res, next) => {
      if (res.headersSent) next(error);
      else res.status(500).send(`failed ${getCorrelationId()}`);
    };
    app.use(onError);
    const port = await listen(createServer(app));
    const post = (id: string, wait: number): Promise<Answer> =>
      ask(
        port,
        { 'X-Correlation-ID': id, 'content-type': 'application/json' },
        JSON.stringify({ wait }),
      );
    const answers = await Promise.all([post('slow', 20), post('quick', 1), post('fails', 5)]);
    expect(answers.map((answer) => answer.body)).toEqual([
      'slow slow',
      'quick quick',
      'failed fails',
    ]);
    expect(answers.map((answer) => answer.headers['x-correlation-id'])).toEqual([
      'slow',
      'quick',
      'fails',
    ]);
  });
});
