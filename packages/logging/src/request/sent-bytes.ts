import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Where in a connection's output the responses end that were already counted. */
const COUNTED = Symbol('llm.logging.sent_bytes');
type Counted = Socket & { [COUNTED]?: number };

/**
 * Counts the bytes of one response on its connection. To be made when the request arrives; what it
 * returns gives the count as soon as the response has ended, and undefined where there is no way.
 */
export function countSentBytes(
  req: IncomingMessage,
  res: ServerResponse,
): () => number | undefined {
  // A pipelined request's response has no socket yet.
  const { socket } = req;
  // Streams of HTTP/2 share theirs, and an injected request has none.
  const shared = req.httpVersionMajor > 1;
  if (shared || typeof (socket as Partial<Socket> | undefined)?.bytesWritten !== 'number') {
    return () => undefined;
  }
  const begun = socket.bytesWritten;
  let bytes: number | undefined;
  const count = (): void => {
    const end = socket.bytesWritten;
    // A pipelined request arrives before the response to the one before it is written.
    bytes = Math.max(0, end - Math.max(begun, (socket as Counted)[COUNTED] ?? 0));
    (socket as Counted)[COUNTED] = end;
  };
  // Before node's own listener, which lets the next pipelined response out.
  res.prependListener('finish', count);
  return () => {
    if (bytes === undefined) count();
    return bytes;
  };
}
