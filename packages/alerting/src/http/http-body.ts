import type { IncomingMessage } from 'node:http';
import { HttpProblem } from './http-problem.js';

/** The body of a request as it came, of which signatures are made, at most so many bytes. */
export async function rawBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const kept = keptBody(request);
  if (kept !== null) {
    if (kept.length > maxBytes) throw tooLarge(maxBytes);
    return kept;
  }
  if (request.readableDidRead) {
    throw new HttpProblem(
      500,
      'the body was read before: put this handler in front of body parsers, or keep the raw body as request.rawBody',
    );
  }
  return readAll(request, maxBytes);
}

/** The body of a `Request` of fetch, at most so many bytes. */
export function fetchBody(request: Request, maxBytes: number): Promise<Buffer> {
  if (request.bodyUsed) throw new HttpProblem(500, 'the body was read before this handler');
  return request.body === null ? Promise.resolve(Buffer.alloc(0)) : readAll(request.body, maxBytes);
}

/** What a parser before us kept: `rawBody`, or a body that it left as bytes. */
function keptBody(request: IncomingMessage): Buffer | null {
  const { rawBody: raw, body } = request as { readonly rawBody?: unknown; readonly body?: unknown };
  for (const kept of [raw, body]) {
    if (kept instanceof Uint8Array) return Buffer.from(kept);
  }
  return typeof raw === 'string' ? Buffer.from(raw) : null;
}

async function readAll(
  stream: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof HttpProblem) throw error;
    throw new HttpProblem(400, 'the body ended early', { cause: error });
  }
  return Buffer.concat(chunks);
}

function tooLarge(maxBytes: number): HttpProblem {
  return new HttpProblem(413, `the body has more than ${maxBytes} bytes`);
}
