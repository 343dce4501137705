/** Media types whose bodies are produced while they are read. */
const streamed = /^(?:text\/event-stream|application\/(?:x-ndjson|jsonl|stream\+json))/i;

/**
 * Tells when a response is done: at once, or, when its body is a stream of events, when that has been read
 * to its end, was left or failed. The response that comes back is to be sent instead.
 */
export function watchBody(response: Response, done: (error?: unknown) => void): Response {
  const { body } = response;
  if (body === null || !streamed.test(response.headers.get('content-type') ?? '')) {
    done();
    return response;
  }
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  const watched = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const chunk = await reader.read();
        if (!chunk.done) {
          controller.enqueue(chunk.value);
          return;
        }
        controller.close();
        done();
      } catch (error) {
        controller.error(error);
        done(error);
      }
    },
    async cancel(reason) {
      done();
      await reader.cancel(reason);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(watched, { status, statusText, headers });
}
