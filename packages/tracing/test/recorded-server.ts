import type { ModelRequest, ModelServer } from 'model-servers';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { RecordedCalls } from './recorded-calls.js';

/** A model server for the tests of a file, and what is told of the calls to it. */
export interface RecordedServer {
  readonly recorded: RecordedCalls;
  /** Without a path. */
  readonly url: string;
  readonly requests: readonly ModelRequest[];
}

/** Has a server run, and calls recorded, while the tests of a file do; each test begins with none. */
export function recordedServer(start: () => Promise<ModelServer>): RecordedServer {
  let server: ModelServer | undefined;
  const recorded = new RecordedCalls();
  const running = (): ModelServer => {
    if (server === undefined) throw new Error('the server runs only while tests do');
    return server;
  };
  beforeAll(async () => {
    server = await start();
    recorded.start();
  });
  beforeEach(() => recorded.reset());
  afterAll(async () => {
    await recorded.stop();
    await server?.close();
  });
  return {
    recorded,
    get url() {
      return running().url;
    },
    get requests() {
      return running().requests;
    },
  };
}
