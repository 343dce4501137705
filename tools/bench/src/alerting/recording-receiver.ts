import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that was received whole. */
export interface ReceivedRequest {
  /** The part of the path that names the channel. */
  readonly channel: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** When its last byte came, by `performance.now()`. */
  readonly at: number;
  /** Whether the receiver took it; what it refuses counts as not received. */
  readonly taken: boolean;
  /** When it was answered; null: not yet, or the connection was gone. */
  answeredAt: number | null;
}

/** What a receiver does with a request. */
export interface ReceiverAnswer {
  /** Below 300: the request is taken. */
  readonly status: number;
  /** How long the sender waits for the answer, milliseconds. Default 0. */
  readonly delayMillis?: number;
  /** It waits for this instead. Default: for nothing. */
  readonly until?: Promise<void> | null;
}

/** An HTTP receiver that records every request. */
export interface RecordingReceiver {
  /** Where a channel's requests go. */
  url(channel: string): string;
  readonly requests: readonly ReceivedRequest[];
  readonly close: () => Promise<void>;
}

/** What a receiver does, and what it tells of each request. */
export interface ReceiverOptions {
  readonly answer: (channel: string) => ReceiverAnswer;
  /** Called when a request was received, before it is answered. */
  readonly onRequest?: (request: ReceivedRequest) => void;
  /** Called when a request has been answered. */
  readonly onAnswer?: (request: ReceivedRequest) => void;
  /** Default: any free one. */
  readonly port?: number;
}

/** Starts one on loopback. */
export async function startRecordingReceiver({
  answer,
  onRequest = () => undefined,
  onAnswer = () => undefined,
  port = 0,
}: ReceiverOptions): Promise<RecordingReceiver> {
  const requests: ReceivedRequest[] = [];
  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const channel = (incoming.url ?? '/').slice(1);
      const { status, delayMillis = 0, until = null } = answer(channel);
      const request: ReceivedRequest = {
        channel,
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString(),
        at: performance.now(),
        taken: status < 300,
        answeredAt: null,
      };
      requests.push(request);
      const reply = (): void => {
        if (response.destroyed) return;
        request.answeredAt = performance.now();
        response.writeHead(status).end();
        onAnswer(request);
      };
      onRequest(request);
      if (until !== null) void until.then(reply);
      else if (delayMillis > 0) setTimeout(reply, delayMillis);
      else reply();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', 65_535, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: (channel) => `http://127.0.0.1:${bound}/${channel}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
