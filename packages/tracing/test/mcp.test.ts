import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  extractCorrelation,
  getCorrelationId,
  injectCorrelation,
  traceFunction,
  withCorrelationId,
} from '../src/index.js';
import { recordSpans, type MemorySpans } from '../src/testing.js';

let memory: MemorySpans;
beforeAll(() => {
  memory = recordSpans();
});
afterAll(() => memory.stop());

it("an MCP request carries the context in _meta, beside what is the protocol's", async () => {
  let meta: unknown;
  const server = new McpServer({ name: 's', version: '1' });
  const lookUp = traceFunction('look up')(() => ({
    content: [{ type: 'text' as const, text: String(getCorrelationId()) }],
  }));
  server.registerTool('stock', {}, ({ _meta }) => {
    meta = _meta;
    return extractCorrelation(_meta, lookUp);
  });
  const client = new Client({ name: 'c', version: '1' });
  const [here, there] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(there), client.connect(here)]);

  const ask = traceFunction('ask')(() =>
    client.callTool({ name: 'stock', _meta: injectCorrelation({ progressToken: 7 }) }),
  );
  const answer = await withCorrelationId('order-7', ask);
  expect(answer.content).toEqual([{ type: 'text', text: 'order-7' }]);
  expect(meta).toEqual({
    progressToken: 7,
    'x-correlation-id': 'order-7',
    traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/) as string,
  });
  expect(memory.tree()).toBe('ask\n  look up');
  await client.close();
});
