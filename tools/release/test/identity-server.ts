import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { RunnerIdentity } from '../src/runner-identity.js';

/** What GitHub says of a job of release.yml, started by its button for main. */
export const releaseJob: RunnerIdentity = {
  environment: 'npm',
  event_name: 'workflow_dispatch',
  ref: 'refs/heads/main',
  repository: 'acme/observability',
  workflow_ref: 'acme/observability/.github/workflows/release.yml@refs/heads/main',
};

/** Gives identity tokens as GitHub does, to who has the token to ask with. */
export async function startIdentityServer(identity: RunnerIdentity): Promise<{
  readonly env: Record<string, string>;
  stop(): Promise<void>;
}> {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const server = createServer((request, response) => {
    const allowed = request.headers.authorization === 'bearer secret';
    const asked = new URL(request.url ?? '', 'http://localhost').searchParams;
    const ok = allowed && asked.get('api-version') === '2.0' && asked.has('audience');
    response.writeHead(ok ? 200 : 401);
    response.end(
      JSON.stringify({ value: `${part({ alg: 'RS256' })}.${part(identity)}.signature` }),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    env: {
      GITHUB_ACTIONS: 'true',
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'secret',
    },
    stop: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}
