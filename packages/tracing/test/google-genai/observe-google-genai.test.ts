import { GoogleGenAI } from '@google/genai';
import { googleCases, startGoogleServer } from 'model-servers';
import { describe, expect, it } from 'vitest';
import { observeGoogleGenAI } from '../../src/google-genai.js';
import { TracingConfigError } from '../../src/index.js';
import { describeClientCases } from '../client-cases.js';
import { drain } from '../drain.js';
import { recordedServer } from '../recorded-server.js';

const server = recordedServer(startGoogleServer);
const { recorded } = server;
const newClient = (): GoogleGenAI =>
  new GoogleGenAI({
    apiKey: 'sk-test-0123456789abcdef',
    httpOptions: { baseUrl: server.url, retryOptions: { attempts: 1 } },
  });

describeClientCases({
  cases: googleCases,
  provider: 'gcp.gemini',
  server,
  newClient,
  observe: (client) => observeGoogleGenAI(client),
});

const question = { model: 'gemini-2.5-flash', contents: 'I am jane@example.org' };

describe('observeGoogleGenAI', () => {
  it('counts thoughts within the output on the span, and as they are told in the record', async () => {
    await observeGoogleGenAI(newClient()).models.generateContent({
      ...question,
      config: { temperature: 0.5, maxOutputTokens: 9, topK: 3 },
    });
    expect(recorded.calls[0]?.attributes).toEqual({
      'gen_ai.operation.name': 'generate_content',
      'gen_ai.provider.name': 'gcp.gemini',
      'gen_ai.request.model': 'gemini-2.5-flash',
      'gen_ai.request.temperature': 0.5,
      'gen_ai.request.max_tokens': 9,
      'gen_ai.request.top_k': 3,
      'gen_ai.response.model': 'gemini-2.5-flash-001',
      'gen_ai.response.id': 'resp-1',
      'gen_ai.response.finish_reasons': ['STOP'],
      'gen_ai.usage.input_tokens': 12,
      'gen_ai.usage.output_tokens': 7,
      'gen_ai.usage.cache_read.input_tokens': 4,
      'gen_ai.usage.reasoning.output_tokens': 2,
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(server.url).port),
    });
    expect(recorded.ends[0]?.usage).toMatchObject({
      inputTokens: 12,
      outputTokens: 5,
      reasoningTokens: 2,
      outputIncludesReasoning: false,
    });
  });

  it('ends a stream that is aborted before it is read', async () => {
    const controller = new AbortController();
    const stream = await observeGoogleGenAI(newClient()).models.generateContentStream({
      ...question,
      config: {
        abortSignal: controller.signal,
        automaticFunctionCalling: { disable: true },
        automaticContinuation: false,
      },
    });
    controller.abort();
    expect(recorded.ends).toMatchObject([{ errorType: 'aborted' }]);
    await drain(stream).catch(() => undefined);
    expect(recorded.ends).toHaveLength(1);
  });

  it('takes nothing of an error message that repeats the prompt', async () => {
    await observeGoogleGenAI(newClient())
      .models.generateContent({
        model: 'gemini-2.5-flash',
        contents: 'Mrs. Doe of Elm Street, 123-45-6789, is ill',
        config: { httpOptions: { headers: { 'x-fault': 'status-400' } } },
      })
      .catch(() => undefined);
    expect(recorded.calls[0]?.attributes['error.type']).toBe('ApiError');
    expect(recorded.told).not.toMatch(/Doe|Elm|123-45|is ill/);
  });

  it('records content only if asked for, masked', async () => {
    const client = observeGoogleGenAI(newClient(), { captureContent: true });
    await drain(
      await client.models.generateContentStream({
        ...question,
        config: { systemInstruction: 'be kind' },
      }),
    );
    const attributes = recorded.calls[0]?.attributes;
    expect(JSON.parse(String(attributes?.['gen_ai.system_instructions']))).toEqual([
      { type: 'text', content: 'be kind' },
    ]);
    expect(JSON.parse(String(attributes?.['gen_ai.input.messages']))).toEqual([
      { role: 'user', parts: [{ type: 'text', content: 'I am [EMAIL]' }] },
    ]);
    expect(JSON.parse(String(attributes?.['gen_ai.output.messages']))).toEqual([
      {
        role: 'assistant',
        parts: [{ type: 'text', content: 'Hello from the model.' }],
        finish_reason: 'STOP',
      },
    ]);
  });

  it('is the client that it was given, and observing it twice counts its calls once', async () => {
    const client = newClient();
    expect(observeGoogleGenAI(observeGoogleGenAI(client))).toBe(client);
    await client.models.generateContent(question);
    expect(recorded.ends).toHaveLength(1);
  });

  it('tells Vertex AI from the Gemini API', async () => {
    const client = observeGoogleGenAI(
      new GoogleGenAI({
        vertexai: true,
        apiKey: 'k',
        httpOptions: { baseUrl: server.url },
      }),
    );
    await client.models.generateContent(question);
    expect(recorded.ends[0]?.provider).toBe('gcp.vertex_ai');
  });

  it('names the option that is wrong', () => {
    expect(() => observeGoogleGenAI({})).toThrow(TracingConfigError);
    expect(() => observeGoogleGenAI(newClient(), { provider: '' })).toThrow(/^provider: /);
  });
});
