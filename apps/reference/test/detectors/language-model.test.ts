import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createLanguageModelDetector, parseFindings } from '../../src/detectors/language-model.js';

let server: Server | undefined;
afterEach(() => server?.close());

/** An OpenAI-compatible API that gives this answer. */
async function serve(
  status: number,
  content: string,
): Promise<{ baseUrl: string; asked: unknown[] }> {
  const asked: unknown[] = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      asked.push({
        path: request.url,
        authorization: request.headers.authorization,
        body: JSON.parse(body) as unknown,
      });
      const message = { role: 'assistant', content };
      response.writeHead(status, { 'content-type': 'application/json', 'x-should-retry': 'false' });
      response.end(
        JSON.stringify({
          id: '1',
          object: 'chat.completion',
          choices: [{ index: 0, message, finish_reason: 'stop' }],
        }),
      );
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked };
}

describe('the language model detector', () => {
  it('asks the model named and places what it quotes', async () => {
    const finding = { category: 'us_ssn', confidence: 0.9, quote: '219-09-9999' };
    const { baseUrl, asked } = await serve(200, JSON.stringify({ findings: [finding] }));
    const detector = createLanguageModelDetector({ baseUrl, apiKey: 'key', model: 'small' });
    expect(await detector.detect('it is 219-09-9999')).toEqual([
      { category: 'us_ssn', confidence: 0.9, span: { start: 6, end: 17 } },
    ]);
    expect(asked).toMatchObject([
      {
        path: '/v1/chat/completions',
        authorization: 'Bearer key',
        body: { model: 'small', temperature: 0 },
      },
    ]);
  });

  it('fails when the model does, rather than finding nothing', async () => {
    const { baseUrl } = await serve(500, '');
    const detector = createLanguageModelDetector({ baseUrl, apiKey: 'key', model: 'small' });
    await expect(detector.detect('text')).rejects.toThrow('500');
  });
});

describe('parseFindings', () => {
  it('refuses an answer that is not of the agreed form', () => {
    expect(() => parseFindings('Sure! Here you go', 'text')).toThrow('no JSON');
    expect(() => parseFindings('{"result":[]}', 'text')).toThrow('"findings"');
  });

  it('leaves out what makes no sense and keeps the rest', () => {
    const findings = [
      { category: 'dragon', confidence: 1, quote: 'a' },
      { category: 'iban', confidence: 7, quote: 'a' },
      null,
      { category: 'iban', confidence: 0.5, quote: 'not in it' },
    ];
    expect(parseFindings(JSON.stringify({ findings }), 'abc')).toEqual([
      { category: 'iban', confidence: 0.5, span: { start: 0, end: 3 } },
    ]);
  });
});
