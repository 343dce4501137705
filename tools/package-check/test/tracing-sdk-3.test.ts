import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { Consumer } from '../src/consumer.js';
import { pack, publishedPackages } from '../src/published-package.js';

const run = promisify(execFile);

// SDK 3 asks for Node 22 or later, so it runs on one that npm brings along.
const sdk = ['@opentelemetry/sdk-node@0.301.0', '@opentelemetry/api@1.10.0', 'node@24'];

const program = `
import { NodeSDK } from '@opentelemetry/sdk-node';
import {
  CorrelationPropagator, CorrelationSpanProcessor, extractCorrelation,
  injectCorrelation, traceFunction, withCorrelationId,
} from '@llm/tracing';

const finished = [];
const memory = {
  onStart() {}, onEnd(span) { finished.push(span); }, async forceFlush() {}, async shutdown() {},
};
const sdk = new NodeSDK({
  textMapPropagator: new CorrelationPropagator({ hosts: ['*'] }),
  spanProcessors: [new CorrelationSpanProcessor(), memory],
  instrumentations: [],
});
sdk.start();
const numbers = traceFunction('numbers')(async function* () {
  for (const n of [1, 2]) yield await traceFunction('number')(async () => n)();
});
const send = traceFunction('send')(async () => {
  for await (const n of numbers()) void n;
  return injectCorrelation();
});
const failing = traceFunction('failing')(() => { throw new RangeError('no jane@example.com'); });
const carrier = await withCorrelationId('order-7', send);
extractCorrelation(carrier, () => { try { failing(); } catch {} });
const spans = finished.map((span) => ({
  name: span.name,
  parent: finished.find(
    (other) => other.spanContext().spanId === span.parentSpanContext?.spanId)?.name,
  id: span.attributes.correlation_id,
  error: span.attributes.error,
  status: span.status.code,
}));
await sdk.shutdown();
console.log(JSON.stringify({ node: process.versions.node, carrier, spans }));
`;

const setup = `
import { setupTracing } from '@llm/tracing/node';
try { setupTracing({ serviceName: 's', exporter: 'otlp' }); console.log('started'); }
catch (error) { console.log(error.message); }
`;

describe('@llm/tracing beside OpenTelemetry SDK 3 and API 1.10, on Node 24', () => {
  const consumer = new Consumer();
  beforeAll(async () => {
    const tracing = publishedPackages().find(({ name }) => name === '@llm/tracing');
    if (tracing === undefined) throw new Error('no package @llm/tracing');
    const { tarball } = await pack(tracing);
    // With --strict-peer-deps, as every installation here.
    await consumer.install(tarball, ...sdk);
  }, 300_000);

  it('installs with --strict-peer-deps, one copy of the API, and nothing that npm calls invalid', async () => {
    expect(consumer.installed().filter((name) => name === '@opentelemetry/api')).toHaveLength(1);
    const manifest = join(consumer.directory, 'node_modules/@opentelemetry/api/package.json');
    expect(JSON.parse(readFileSync(manifest, 'utf8'))).toMatchObject({ version: '1.10.0' });
    const { stdout } = await run('npm', ['ls', '--all', '--json'], {
      cwd: consumer.directory,
      maxBuffer: 16 << 20,
    }).catch((error: unknown) => error as { stdout: string });
    const problems = (JSON.parse(stdout) as { problems?: string[] }).problems ?? [];
    // What the package `node` puts beside itself is not our concern.
    expect(problems.filter((problem) => !problem.startsWith('extraneous'))).toEqual([]);
  });

  it('the core entry traces, correlates and masks through it', async () => {
    const node = join(consumer.directory, 'node_modules', 'node', 'bin', 'node');
    const output = JSON.parse(await consumer.run('main.mjs', program, { node })) as {
      node: string;
      carrier: object;
      spans: object[];
    };
    expect(output.node).toMatch(/^24\./);
    expect(output.carrier).toEqual({
      'x-correlation-id': 'order-7',
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/) as string,
    });
    const ok = { id: 'order-7', status: 0 };
    expect(output.spans).toEqual([
      { name: 'number', parent: 'numbers', ...ok },
      { name: 'number', parent: 'numbers', ...ok },
      { name: 'numbers', parent: 'send', ...ok },
      { name: 'send', ...ok },
      { name: 'failing', parent: 'send', id: 'order-7', status: 2, error: 'no [EMAIL]' },
    ]);
  });

  it('the SDK behind /node is version 2: it says so with the command, instead of mixing the two', async () => {
    const message = await consumer.run('setup.mjs', setup);
    expect(message).toContain('not for OpenTelemetry SDK 2');
    expect(message).toContain('"@opentelemetry/resources@^2.11.0"');
  });
});
