/** Media types whose bodies are produced while they are read. */
const streamed = /^(?:text\/event-stream|application\/(?:x-ndjson|jsonl|stream\+json))/i;

/** How a response ended: `left` where its reader did not want the rest. */
export type ResponseEnd = 'sent' | 'left' | { readonly error: unknown };

/**
 * Tells when a response is over: at once, or, when its body is a stream of events, when that was read to its end, was
 * left or failed. The response that comes back is to be sent instead.
 */
export function onResponseEnd(response: Response, over: (end: ResponseEnd) => void): Response {
  const { body } = response;
  if (body === null || !streamed.test(response.headers.get('content-type') ?? '')) {
    over('sent');
    return response;
  }
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  const watched = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) {
          controller.enqueue(value);
          return;
        }
        controller.close();
        over('sent');
      } catch (error) {
        controller.error(error);
        over({ error });
      }
    },
    async cancel(reason) {
      over('left');
      await reader.cancel(reason);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(watched, { status, statusText, headers });
}
