import { execFile } from 'node:child_process';
import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Consumer } from '../src/consumer.js';
import { pack, publishedPackages, workspaceRoot } from '../src/published-package.js';

const run = promisify(execFile);

// These ask for Node 22 or later, so they run on one that npm brings along.
const clients = [
  'openai@7.57.0',
  'ai@7.0.173',
  '@ai-sdk/openai@4.0.118',
  '@ai-sdk/otel@1',
  '@langchain/openai@1.6.0',
  '@langchain/core@1.4.0',
  '@anthropic-ai/sdk@1.12.0',
  '@google/genai@2.32.0',
  'zod@4',
];

/** How users write it down; the declarations of the newer clients have to take it. */
const types = `
import { createOpenAI } from '@ai-sdk/openai';
import { ChatOpenAI } from '@langchain/openai';
import { inferenceMiddleware, inferenceTelemetry } from '@llm/tracing/ai-sdk';
import { inferenceCallbacks } from '@llm/tracing/langchain';
import { observeOpenAI } from '@llm/tracing/openai';
import { registerTelemetry, wrapEmbeddingModel, wrapLanguageModel, wrapProvider } from 'ai';
import OpenAI from 'openai';

const openai = createOpenAI();
const middleware = inferenceMiddleware();
registerTelemetry(inferenceTelemetry());
wrapLanguageModel({ model: openai.chat('gpt-4o'), middleware });
wrapEmbeddingModel({ model: openai.embedding('text-embedding-3-small'), middleware });
wrapProvider({ provider: openai, languageModelMiddleware: middleware });
export const model = new ChatOpenAI({ callbacks: [inferenceCallbacks()] });
export const client: OpenAI = observeOpenAI(new OpenAI());
`;
const sdk = [
  '@opentelemetry/api@1.9.1',
  '@opentelemetry/sdk-trace-node@2.11.0',
  '@opentelemetry/sdk-trace-base@2.11.0',
];

/** What of the package's own tests runs there, unchanged. */
const tests = [
  'openai/observe-openai.test.ts',
  'anthropic/observe-anthropic.test.ts',
  'google-genai/observe-google-genai.test.ts',
  'ai-sdk/inference-middleware.test.ts',
  'langchain/inference-callbacks.test.ts',
];

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

describe('@llm/tracing beside openai 7, ai 7 and LangChain on openai 7, on Node 24', () => {
  const consumer = new Consumer();
  let report: Report;
  const at = (...path: string[]): string => join(consumer.directory, ...path);

  beforeAll(async () => {
    const tracing = publishedPackages().find(({ name }) => name === '@llm/tracing');
    if (tracing === undefined) throw new Error('no package @llm/tracing');
    const { tarball } = await pack(tracing);
    // The SDK's declarations need those of json-schema, which it does not bring along.
    const declarations = ['@types/node@24', '@types/json-schema@7'];
    await consumer.install(tarball, ...clients, ...sdk, ...declarations, 'node@24');
    // The tests, what they ask, and what runs them are the workspace's.
    for (const file of ['package.json', 'dist']) {
      const from = join(workspaceRoot, 'tools/model-servers', file);
      cpSync(from, at('node_modules/model-servers', file), { recursive: true });
    }
    cpSync(join(tracing.directory, 'test'), at('test'), { recursive: true });
    cpSync(
      join(workspaceRoot, 'tools/package-check/fixtures/ai-7.test.js'),
      at('test/ai-7.test.js'),
    );
    symlinkSync(join(workspaceRoot, 'node_modules/vitest'), at('node_modules/vitest'), 'dir');
    const entries = JSON.stringify(at('node_modules/@llm/tracing/dist'));
    writeFileSync(
      at('vitest.config.mjs'),
      `export default {
        resolve: {
          alias: [{ find: /^(?:\\.\\.\\/)+src\\/(.+)\\.js$/, replacement: ${entries} + '/$1.js' }],
        },
        test: {
          include: ${JSON.stringify([...tests, 'ai-7.test.js'].map((file) => `test/${file}`))},
          testTimeout: 20_000,
          reporters: [['json', { outputFile: 'report.json' }]],
        },
      };`,
    );
    const vitest = join(workspaceRoot, 'node_modules/vitest/vitest.mjs');
    // Tests that fail are told by name below.
    await run(at('node_modules/node/bin/node'), [vitest, 'run'], {
      cwd: consumer.directory,
      env: { ...process.env, NODE_OPTIONS: '', VITEST: undefined, VITEST_POOL_ID: undefined },
      maxBuffer: 64 << 20,
    }).catch((error: unknown) => error);
    report = JSON.parse(readFileSync(at('report.json'), 'utf8')) as Report;
  }, 600_000);
  afterAll(() => rmSync(consumer.directory, { recursive: true, force: true }), 60_000);

  it('installs what it is asked to, one copy of the API', () => {
    const version = (name: string): unknown =>
      (
        JSON.parse(readFileSync(at('node_modules', name, 'package.json'), 'utf8')) as {
          version: unknown;
        }
      ).version;
    expect(version('openai')).toBe('7.57.0');
    expect(version('ai')).toBe('7.0.173');
    expect(consumer.installed().filter((name) => name === '@opentelemetry/api')).toHaveLength(1);
  });

  it('fits the types of the newer clients', async () => {
    await consumer.typecheck('types.mts', types);
  });

  it.each([...tests, 'ai-7.test.js'])('passes %s', (file) => {
    const result = report.testResults.find(({ name }) => name.endsWith(file));
    expect(result?.message).toBe('');
    const failed = result?.assertionResults.filter(({ status }) => status !== 'passed');
    expect(
      failed?.map(({ fullName, failureMessages }) => [fullName, failureMessages?.[0]]),
    ).toEqual([]);
    expect(result?.assertionResults.length).toBeGreaterThan(5);
  });
});
