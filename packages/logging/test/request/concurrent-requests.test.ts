import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { context, trace } from '@opentelemetry/api';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import Fastify, { LogController } from 'fastify';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { llmContext } from '../../src/context.js';
import { fastifyLogger, requestLogPlugin } from '../../src/fastify.js';
import { createLogger } from '../../src/index.js';
import { captureLogs, type LogLine } from '../../src/testing.js';
import { openConnection } from '../http-server.js';

const provider = new NodeTracerProvider();
provider.register();
afterAll(() => {
  trace.disable();
  context.disable();
});

const connections = 200;
const pipelined = 50;
const count = connections * pipelined;

it('every line of 10,000 requests that are in progress at once carries the ids of its own request', async () => {
  const logs = captureLogs();
  const logger = createLogger({ destination: logs.destination });
  const app = Fastify({
    loggerInstance: fastifyLogger(logger),
    logController: new LogController({ disableRequestLogging: true }),
  });
  onTestFinished(() => app.close());
  const tracer = provider.getTracer('test');
  const traceIds = new Map<string, string>();
  // What a tracing package does: a span and the shared context around all that follows.
  app.addHook('onRequest', (request, _reply, done) => {
    const id = String(request.headers['x-id']);
    tracer.startActiveSpan('server', (span) => {
      traceIds.set(id, span.spanContext().traceId);
      llmContext.run({ correlationId: id, tenantId: `tenant-${id}` }, done);
    });
  });
  await app.register(requestLogPlugin, { logger });
  const child = logger.child({ part: 'child' });
  let inProgress = 0;
  let most = 0;
  let open!: () => void;
  const all = new Promise<void>((resolve) => (open = resolve));
  app.get('/work/:id', async (request) => {
    const { id } = request.params as { id: string };
    most = Math.max(most, ++inProgress);
    logger.info('arrived', { own: id });
    if (inProgress === count) open();
    // Nobody goes on before everybody is here; then all go on in an order of chance.
    await all;
    await sleep(Math.random() * 50);
    child.warn('worked %s', 'hard', { own: id });
    await setImmediate();
    request.log.error({ own: id, err: new Error('boom') }, 'failed');
    inProgress--;
    return 'ok';
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  for (let c = 0; c < connections; c++) {
    const { socket } = await openConnection(url);
    let requests = '';
    for (let r = 0; r < pipelined; r++) {
      const id = `${c}-${r}`;
      requests += `GET /work/${id} HTTP/1.1\r\nHost: a\r\nX-Id: ${id}\r\n\r\n`;
    }
    socket.write(requests);
  }
  // Those, and the line that says where it listens.
  await expect.poll(() => logs.lines.length, { timeout: 60_000 }).toBe(count * 4 + 1);
  expect(most).toBe(count);
  const lines = logs.filter((line) => line['correlation_id'] !== undefined);
  expect(lines).toHaveLength(count * 4);
  const wrong = lines.filter((line) => !isOwn(line));
  expect(wrong).toEqual([]);
  const perRequest = new Map<unknown, number>();
  for (const { correlation_id: id } of lines) perRequest.set(id, (perRequest.get(id) ?? 0) + 1);
  expect(perRequest.size).toBe(count);
  expect(new Set(perRequest.values())).toEqual(new Set([4]));

  function isOwn(line: LogLine): boolean {
    const id = String(line['correlation_id']);
    // A request's line has no field that tells whose it is; there must be just one for each id.
    const own = line['route'] === '/work/:id' ? id : line['own'];
    return (
      own === id &&
      line['tenant_id'] === `tenant-${id}` &&
      line['trace_id'] === traceIds.get(id) &&
      line['trace_id'] !== undefined
    );
  }
}, 90_000);
