import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startOpenAIServer, type ModelServer } from 'model-servers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EnclosingCall, encloseCalls, isEnclosed } from '../../src/inference/enclosing-call.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
let server: ModelServer;
beforeAll(async () => {
  server = await startOpenAIServer();
});
afterAll(() => server.close());

it('encloses what goes on in its midst, until it is over', async () => {
  expect(isEnclosed()).toBe(false);
  const call = new EnclosingCall();
  await encloseCalls(call, async () => {
    await Promise.resolve();
    expect(isEnclosed()).toBe(true);
    call.close();
    expect(isEnclosed()).toBe(false);
  });
  expect(isEnclosed()).toBe(false);
});

it('stays enclosed by a call that began before, of several at once', () => {
  const first = new EnclosingCall();
  encloseCalls(first, () => {
    const second = new EnclosingCall();
    encloseCalls(second, () => {
      second.close();
      expect(isEnclosed()).toBe(true);
      expect(new EnclosingCall().current).not.toBe(second);
      first.close();
      expect(isEnclosed()).toBe(false);
    });
  });
});

it('is left by whoever awaits a run, also in a process that has entered none before', async () => {
  // A stream that is left is not over for LangChain; what its user does next is.
  const program = `
    import { subscribe } from 'node:diagnostics_channel';
    import { ChatOpenAI } from '@langchain/openai';
    import OpenAI from 'openai';
    import { inferenceCallbacks } from '@llm/tracing/langchain';
    import { observeOpenAI } from '@llm/tracing/openai';
    let calls = 0;
    subscribe('llm:inference', ({ event }) => { if (event === 'start') calls++; });
    const model = new ChatOpenAI({ model: 'gpt-4o' });
    const client = observeOpenAI(new OpenAI());
    const config = { callbacks: [inferenceCallbacks()], headers: { 'x-fault': 'hang' } };
    const steps = (await model.stream('hi', config))[Symbol.asyncIterator]();
    await steps.next();
    await steps.return();
    await client.chat.completions.create({ model: 'gpt-4o', messages: [] });
    console.log(String(calls));
    process.exit();`;
  const { stdout } = await run(process.execPath, ['--input-type', 'module', '-e', program], {
    cwd: root,
    env: { ...process.env, OPENAI_BASE_URL: `${server.url}/v1`, OPENAI_API_KEY: 'k' },
  });
  expect(stdout.trim()).toBe('2');
});
