/*
 * `npm run docs:next`: the starter of Next, in an application of Next that is installed from the registry, built
 * and started. A command of its own because Next is heavy.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startOtlpReceiver } from '@llm/tracing/testing';
import { startOpenAIServer } from 'model-servers';
import { freePort } from 'test-services';
import { codeBlocks } from './code-block.js';
import { documentAt } from './document.js';
import { packedPackage } from './packed-package.js';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'next-app-'));
const [model, collector, port] = await Promise.all([
  startOpenAIServer(),
  startOtlpReceiver(),
  freePort(),
]);
const options = {
  cwd: folder,
  maxBuffer: 16 << 20,
  env: {
    ...process.env,
    NEXT_TELEMETRY_DISABLED: '1',
    OPENAI_API_KEY: 'k',
    OPENAI_BASE_URL: `${model.url}/v1`,
    OTEL_SERVICE_NAME: 'next-app',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.url,
  },
};
try {
  await run('npm', ['init', '-y', '--init-type=module'], options);
  const sdk = [
    'sdk-trace-node@^2',
    'sdk-trace-base@^2',
    'resources@^2',
    'exporter-trace-otlp-proto',
  ];
  const instrumentation = ['instrumentation', 'instrumentation-http', 'instrumentation-undici'];
  const openTelemetry = [...sdk, ...instrumentation].map((name) => `@opentelemetry/${name}`);
  const next = ['next', 'react', 'react-dom', 'typescript@5', '@types/node@22', '@types/react'];
  const names = [...next, ...openTelemetry, 'openai@6'];
  for (const name of ['tracing', 'logging']) names.push(await packedPackage(name, folder));
  await run('npm', ['install', '--no-audit', '--no-fund', ...names], options);
  for (const { directive, code } of codeBlocks(documentAt('docs/guides/starters.md'))) {
    if (directive.file === undefined) continue;
    mkdirSync(dirname(join(folder, directive.file)), { recursive: true });
    writeFileSync(join(folder, directive.file), code.text);
  }
  await run('npx', ['next', 'build'], options);
  await ask();
} finally {
  await Promise.all([model.close(), collector.close()]);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Starts what was built, asks it, and looks for the id and the spans. */
async function ask(): Promise<void> {
  const binary = join(folder, 'node_modules/next/dist/bin/next');
  const child = spawn(process.execPath, [binary, 'start', '-p', String(port)], {
    ...options,
    stdio: 'inherit',
  });
  try {
    const signal = AbortSignal.timeout(60_000);
    const headers = { 'x-correlation-id': 'order-7' };
    const answer = await eventually(signal, () =>
      fetch(`http://127.0.0.1:${port}/ask?q=hello`, { headers, signal }).catch(() => undefined),
    );
    const text = await answer.text();
    const id = answer.headers.get('x-correlation-id');
    if (answer.status !== 200 || id !== 'order-7')
      throw new Error(`Next answers ${answer.status} with the id ${String(id)}: ${text}`);
    const call = await eventually(signal, () =>
      Promise.resolve(collector.spans.find(({ name }) => name === 'chat gpt-4o')),
    );
    if (call.attributes['correlation_id'] !== 'order-7')
      throw new Error(`the span of the call has ${JSON.stringify(call.attributes)}`);
    const spans = collector.spans.map(({ name }) => name).join(', ');
    console.log(`Next answers "${text}" with the correlation id, and its spans are: ${spans}`);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
}

async function eventually<T>(signal: AbortSignal, look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    signal.throwIfAborted();
    await sleep(50);
  }
}
