import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startOpenAIServer, type ModelServer } from 'model-servers';
import { startRedis } from 'test-services';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** The one block of code in the README that has this text in it. */
function block(text: string): string {
  const blocks = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code = '']) => code);
  const found = blocks.filter((code) => code.includes(text));
  expect(found).toHaveLength(1);
  return found[0] ?? '';
}

/** Runs a block against the compiled package, and gives the spans and the models of the records. */
async function outcome(
  code: string,
  { before = '', after = '', env = {} }: { before?: string; after?: string; env?: object } = {},
): Promise<unknown> {
  const source = `
    import { subscribe } from 'node:diagnostics_channel';
    import { recordSpans } from '@llm/tracing/testing';
    const memory = recordSpans();
    const models = [];
    subscribe('llm:inference', ({ event, requestModel }) => {
      if (event === 'end') models.push(requestModel);
    });
    ${before}
    ${code}
    ${after}
    const events = memory.spans.flatMap((span) => span.events.map(({ name }) => name));
    console.log(JSON.stringify({ tree: memory.tree().split('\\n'), models, events }));
    process.exit();`;
  const { stdout } = await run(process.execPath, ['--input-type', 'module', '-e', source], {
    cwd: root,
    env: { ...process.env, ...env },
  });
  return JSON.parse(stdout);
}

describe('what the README shows', () => {
  let server: ModelServer;
  let redis: Awaited<ReturnType<typeof startRedis>>;
  const env = (): object => ({ OPENAI_BASE_URL: `${server.url}/v1`, OPENAI_API_KEY: 'k' });

  beforeAll(async () => {
    [server, redis] = await Promise.all([startOpenAIServer(), startRedis()]);
  }, 60_000);
  afterAll(() => Promise.all([server.close(), redis.stop()]));

  it('of OpenAI', async () => {
    const after = `await client.chat.completions.create({ model: 'gpt-4o', messages: [] });`;
    expect(await outcome(block('observeOpenAI(new OpenAI())'), { after, env: env() })).toEqual({
      tree: ['chat gpt-4o'],
      models: ['gpt-4o'],
      events: [],
    });
  });

  it('of the Vercel AI SDK', async () => {
    const before = `import { generateText } from 'ai';`;
    const after = `await generateText({ model, prompt: 'hi' });`;
    expect(await outcome(block('inferenceMiddleware()'), { before, after, env: env() })).toEqual({
      tree: ['chat gpt-4o'],
      models: ['gpt-4o'],
      events: [],
    });
  });

  it('of LangChain', async () => {
    expect(await outcome(block('inferenceCallbacks()'), { env: env() })).toEqual({
      tree: ['chat gpt-4o'],
      models: ['gpt-4o'],
      events: [],
    });
  });

  it('of BullMQ', async () => {
    const before = `
      import { once } from 'node:events';
      import { getCorrelationId, traceFunction, withCorrelationId } from '@llm/tracing';
      const connection = { host: '127.0.0.1', port: ${new URL(redis.url).port} };
      const work = traceFunction('work')(async (text) => models.push(text, getCorrelationId()));`;
    const code = block('new Worker(').replace(
      /^await queue\.add\((.*)\);$/m,
      "await withCorrelationId('order-7', traceFunction('enqueue')(() => queue.add($1)));",
    );
    const after = `await once(worker, 'completed'); await worker.close(); await queue.close();`;
    expect(await outcome(code, { before, after })).toEqual({
      tree: ['enqueue', '  work'],
      models: ['two pens', 'order-7'],
      events: [],
    });
  });

  it('of the Model Context Protocol', async () => {
    const before = `
      import { Client } from '@modelcontextprotocol/sdk/client/index.js';
      import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
      import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
      import { extractCorrelation, injectCorrelation, traceFunction } from '@llm/tracing';
      const server = new McpServer({ name: 's', version: '1' });
      const client = new Client({ name: 'c', version: '1' });
      const lookUp = traceFunction('look up')(() => ({ content: [{ type: 'text', text: '3' }] }));
      const [here, there] = InMemoryTransport.createLinkedPair();`;
    const [register = '', call = ''] = block('registerTool').split('\n\n');
    const code = `${register}
      await Promise.all([server.connect(there), client.connect(here)]);
      await traceFunction('ask')(async () => { ${call} })();`;
    expect(await outcome(code, { before })).toEqual({
      tree: ['ask', '  look up'],
      models: [],
      events: [],
    });
  });

  it('of evaluations', async () => {
    const before = 'const answer = async () => 42;';
    expect(await outcome(block('recordEvaluation({'), { before })).toEqual({
      tree: ['invoke_agent support', '  evaluate user_feedback'],
      models: [],
      events: ['gen_ai.evaluation.result', 'gen_ai.evaluation.result'],
    });
  });
});
