import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { requireOwnOrigin } from '../src/own-origin.js';

function server(onlyLoopback: boolean) {
  const app = Fastify();
  requireOwnOrigin(app, onlyLoopback);
  app.post('/change', () => ({ changed: true }));
  app.get('/look', () => ({ seen: true }));
  return {
    change: async (headers: Record<string, string>): Promise<number> =>
      (
        await app.inject({
          method: 'POST',
          url: '/change',
          headers: { host: '127.0.0.1:3000', 'content-type': 'application/json', ...headers },
          payload: '{}',
        })
      ).statusCode,
    look: async (headers: Record<string, string>): Promise<number> =>
      (await app.inject({ url: '/look', headers: { host: '127.0.0.1:3000', ...headers } }))
        .statusCode,
  };
}

describe('a change', () => {
  it('is taken from a client that is no browser, and from the own page', async () => {
    const { change } = server(true);
    expect(await change({})).toBe(200);
    expect(await change({ 'content-type': 'Application/JSON; charset=utf-8' })).toBe(200);
    expect(await change({ origin: 'http://127.0.0.1:3000', 'sec-fetch-site': 'same-origin' })).toBe(
      200,
    );
  });

  it('is refused in what a form can send', async () => {
    const { change } = server(true);
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonp',
      'text/plain; application/json',
      '',
    ]) {
      expect(await change({ 'content-type': type }), type).toBe(415);
    }
  });

  it('is refused from a page of another origin, however near', async () => {
    const { change } = server(true);
    for (const origin of [
      'http://evil.example',
      'http://127.0.0.1:3001',
      'http://127.0.0.1',
      'http://localhost:3000',
      'http://127.0.0.1:3000.evil.example',
      'null',
      '',
    ]) {
      expect(await change({ origin }), origin).toBe(403);
    }
    for (const site of ['cross-site', 'same-site', '']) {
      expect(await change({ 'sec-fetch-site': site }), site).toBe(403);
    }
  });
});

describe('a server of this machine alone', () => {
  it('answers to its own names only, so that no name of elsewhere can be led to it', async () => {
    const { look, change } = server(true);
    for (const host of [
      'localhost',
      'LOCALHOST:3000',
      '127.0.0.9:1',
      '[::1]:3000',
      'a.localhost',
    ]) {
      expect(await look({ host }), host).toBe(200);
    }
    for (const host of ['evil.example:3000', '127.0.0.1.evil.example', 'localhost.evil', ' ']) {
      expect(await look({ host }), host).toBe(403);
    }
    expect(await change({ host: 'evil.example', origin: 'http://evil.example' })).toBe(403);
  });
});

describe('a server with a token', () => {
  it('answers to every name, and takes changes from the page under that name', async () => {
    const { look, change } = server(false);
    expect(await look({ host: 'mapper.example' })).toBe(200);
    const host = 'mapper.example';
    expect(await change({ host, origin: 'https://mapper.example' })).toBe(200);
    expect(await change({ host, origin: 'https://other.example' })).toBe(403);
  });
});
