import { gunzipSync } from 'node:zlib';
import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { addPageRoutes, pagePaths } from '../src/page.js';
import { addSecurityHeaders } from '../src/security-headers.js';

function server() {
  const app = Fastify();
  addSecurityHeaders(app);
  addPageRoutes(app);
  return app;
}

it('weighs at most 150 kB compressed, all in all', async () => {
  const app = server();
  let bytes = 0;
  for (const url of pagePaths) {
    const response = await app.inject({ url, headers: { 'accept-encoding': 'br, gzip' } });
    expect(response.headers['content-encoding'], url).toBe('gzip');
    expect(gunzipSync(response.rawPayload).equals((await app.inject(url)).rawPayload)).toBe(true);
    bytes += response.rawPayload.length;
  }
  console.log(`page: ${pagePaths.length} files, ${bytes} bytes compressed`);
  expect(bytes).toBeLessThanOrEqual(150_000);
});

it('is asked for again only when it changed', async () => {
  const app = server();
  const { headers } = await app.inject('/');
  expect(headers).toMatchObject({ 'cache-control': 'no-cache', vary: 'accept-encoding' });
  const again = await app.inject({ url: '/', headers: { 'if-none-match': String(headers.etag) } });
  expect(again.statusCode).toBe(304);
  expect(again.body).toBe('');
  expect((await app.inject({ url: '/', headers: { 'if-none-match': '"x"' } })).statusCode).toBe(
    200,
  );
});

it('serves nothing but its own files', async () => {
  const app = server();
  for (const path of [
    '/page/',
    '/page/index.html',
    '/page/../package.json',
    '/page/%2e%2e/package.json',
    '/page/..%2fpackage.json',
    '/page/..%5cpackage.json',
    '/page//etc/passwd',
    '/page/main.js%00.css',
  ]) {
    expect((await app.inject(path)).statusCode, path).toBe(404);
  }
});

it('lets browsers run nothing inline and nothing from elsewhere', async () => {
  const app = server();
  const { body, headers } = await app.inject('/');
  const policy = String(headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|\*|https?:/);
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
  expect(body).not.toMatch(/<style|style=|<script>|\son[a-z]+=/);
  expect((await app.inject('/none')).headers['content-security-policy']).toBe(policy);
});
