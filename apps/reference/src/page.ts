import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

interface PageFile {
  readonly path: string;
  readonly file: URL;
  /** What tenants get there instead. */
  readonly tenantFile?: URL;
}

const folder = new URL('../page/', import.meta.url);

const files: readonly PageFile[] = [
  {
    path: '/',
    file: new URL('index.html', folder),
    tenantFile: new URL('tenant.html', folder),
  },
  { path: '/login', file: new URL('login.html', folder) },
  ...readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => /\.(?:js|css|svg)$/.test(name))
    .map((name) => ({ path: `/page/${name}`, file: new URL(name, folder) })),
  ...['uPlot.esm.js', 'uPlot.min.css'].map((name) => ({
    path: `/page/uplot/${name}`,
    file: new URL(import.meta.resolve(`uplot/dist/${name}`)),
  })),
];

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Every path of the page. */
export const pagePaths: readonly string[] = files.map(({ path }) => path);

/** Serves the page: each file read and compressed once, each path a route of its own, so that no path leads elsewhere. */
export function addPageRoutes(app: FastifyInstance): void {
  for (const { path, file, tenantFile } of files) {
    const sendToAll = sender(file);
    const sendToTenants = tenantFile === undefined ? sendToAll : sender(tenantFile);
    app.get(path, { config: { forTenants: true } }, (request, reply) =>
      typeof request.tenant === 'string'
        ? sendToTenants(request, reply)
        : sendToAll(request, reply),
    );
  }
}

function sender(file: URL): (request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  const plain = readFileSync(file);
  const compressed = gzipSync(plain, { level: 9 });
  const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
  return (request, reply) => {
    void reply.headers({ etag, 'cache-control': 'no-cache', vary: 'accept-encoding' });
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    void reply.type(types[extname(file.pathname)] ?? 'application/octet-stream');
    if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(plain);
    return reply.header('content-encoding', 'gzip').send(compressed);
  };
}
