import {
  faultStatus,
  sse,
  startModelServer,
  type Exchange,
  type ModelServer,
} from './model-server.js';

const words = ['Hello', ' from', ' the', ' model', '.'];

const usageMetadata = {
  promptTokenCount: 12,
  cachedContentTokenCount: 4,
  candidatesTokenCount: 5,
  thoughtsTokenCount: 2,
  totalTokenCount: 19,
};

/**
 * A server that speaks the protocol of Google's Gemini API: contents, streamed contents and embeddings.
 * It is no model: it says the same five words, or calls the first function that it is offered.
 */
export function startGoogleServer(): Promise<ModelServer> {
  return startModelServer(async (exchange) => {
    const { path, body } = exchange.request;
    const status = faultStatus(exchange.fault);
    if (status !== undefined) {
      // As providers do, it repeats what it complains of.
      const message = `Invalid content: ${JSON.stringify(body['contents'] ?? body['requests'])}`;
      exchange.json({ error: { code: status, message, status: 'INVALID_ARGUMENT' } }, status);
    } else if (path.includes(':generateContent')) {
      exchange.json(response(parts(body), 'STOP', usageMetadata));
    } else if (path.includes(':streamGenerateContent')) await stream(exchange);
    else if (path.includes(':batchEmbedContents')) {
      const requests = body['requests'] as unknown[];
      exchange.json({ embeddings: requests.map(() => ({ values: [0.25, -0.5, 1] })) });
    } else
      exchange.json({ error: { code: 404, message: 'no such path', status: 'NOT_FOUND' } }, 404);
  });
}

interface Part {
  readonly text?: string;
  readonly functionCall?: unknown;
}

function parts(body: Record<string, unknown>): Part[] {
  const tools = body['tools'] as { functionDeclarations?: { name: string }[] }[] | undefined;
  const declaration = tools?.[0]?.functionDeclarations?.[0];
  const answered = JSON.stringify(body['contents']).includes('functionResponse');
  if (declaration !== undefined && !answered) {
    return [{ functionCall: { name: declaration.name, args: { city: 'Paris' } } }];
  }
  return words.map((text) => ({ text }));
}

function response(said: readonly Part[], finishReason?: string, usage?: unknown): unknown {
  return {
    candidates: [{ index: 0, content: { role: 'model', parts: said }, finishReason }],
    modelVersion: 'gemini-2.5-flash-001',
    responseId: 'resp-1',
    usageMetadata: usage,
  };
}

async function stream(exchange: Exchange): Promise<void> {
  const said = parts(exchange.request.body);
  const last = said.length - 1;
  await exchange.events(
    said.map((part, index) =>
      sse(
        index === last
          ? response([part], 'STOP', usageMetadata)
          : response([part], undefined, { promptTokenCount: 12 }),
      ),
    ),
    3,
    sse({ error: { code: 503, message: 'Overloaded', status: 'UNAVAILABLE' } }),
  );
}
