import { startOpenAIServer, type Fault, type ModelServer } from 'model-servers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLanguageModelDetector, parseFindings } from '../../src/detectors/language-model.js';

async function startModel(answer: string, fault?: Fault): Promise<ModelServer> {
  const server = await startOpenAIServer({ answer: () => answer, fault: () => fault });
  onTestFinished(() => server.close());
  return server;
}

const detectorOf = ({ url }: ModelServer, timeoutMillis?: number) =>
  createLanguageModelDetector({
    baseUrl: `${url}/v1`,
    apiKey: 'key',
    model: 'small',
    ...(timeoutMillis !== undefined && { timeoutMillis }),
  });

describe('the language model detector', () => {
  it('asks the model named and places what it quotes', async () => {
    const finding = { category: 'us_ssn', confidence: 0.9, quote: '219-09-9999' };
    const server = await startModel(JSON.stringify({ findings: [finding] }));
    expect(await detectorOf(server).detect('it is 219-09-9999')).toEqual([
      { category: 'us_ssn', confidence: 0.9, span: { start: 6, end: 17 } },
    ]);
    expect(server.requests).toMatchObject([
      {
        path: '/v1/chat/completions',
        headers: { authorization: 'Bearer key' },
        body: { model: 'small', temperature: 0, stream: true },
      },
    ]);
  });

  it.each([
    ['status-500', '500'],
    ['truncate', 'before it was complete'],
    ['cut', 'terminated'],
  ] as const)('fails when the model does (%s), rather than finding nothing', async (fault, why) => {
    const server = await startModel('{"findings":[]}', fault);
    await expect(detectorOf(server).detect('text')).rejects.toThrow(why);
  });

  it.each(['silence', 'hang', 'slow-60000'] as const)('gives up in time (%s)', async (fault) => {
    const server = await startModel('{"findings":[]}', fault);
    const failure = detectorOf(server, 300).detect('text');
    await expect(failure).rejects.toThrow('did not answer within 300 ms');
  });

  it('stops when its caller does', async () => {
    const server = await startModel('{"findings":[]}', 'silence');
    const caller = new AbortController();
    const failure = detectorOf(server).detect('text', caller.signal);
    setTimeout(() => caller.abort(new Error('no longer wanted')), 20);
    await expect(failure).rejects.toThrow(/no longer wanted|aborted/);
  });

  it('takes no answer without end', async () => {
    const server = await startModel('x'.repeat(200_001));
    await expect(detectorOf(server).detect('text')).rejects.toThrow('more than 200000 characters');
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
