import { startAnthropicServer, startGoogleServer, startOpenAIServer } from 'model-servers';
import pg from 'pg';
import { startPostgres, startRedis } from 'test-services';

/** Servers that a block may ask for. */
export const serviceNames = ['redis', 'postgres', 'openai', 'anthropic', 'google'] as const;
export type ServiceName = (typeof serviceNames)[number];

interface Running {
  /** An address that no other block gets. */
  address(): Promise<string> | string;
  stop(): Promise<unknown>;
}

const starts: Readonly<Record<ServiceName, () => Promise<Running>>> = {
  async redis() {
    const redis = await startRedis();
    let database = 0;
    return { address: () => `${redis.url}/${(database++ % 15) + 1}`, stop: () => redis.stop() };
  },
  async postgres() {
    const postgres = await startPostgres({ settings: { fsync: 'off' } });
    let databases = 0;
    return {
      async address() {
        const name = `block_${++databases}`;
        const client = new pg.Client({ connectionString: postgres.url });
        await client.connect();
        await client.query(`CREATE DATABASE ${name}`).finally(() => client.end());
        return Object.assign(new URL(postgres.url), { pathname: `/${name}` }).href;
      },
      stop: () => postgres.stop(),
    };
  },
  openai: () => modelServer(startOpenAIServer, '/v1'),
  anthropic: () => modelServer(startAnthropicServer, ''),
  google: () => modelServer(startGoogleServer, ''),
};

async function modelServer(
  start: () => Promise<{ readonly url: string; close(): Promise<void> }>,
  path: string,
): Promise<Running> {
  const server = await start();
  return { address: () => server.url + path, stop: () => server.close() };
}

/** Real servers, each started when the first block asks for it. */
export class Services {
  readonly #running = new Map<ServiceName, Promise<Running>>();

  async address(name: ServiceName): Promise<string> {
    let running = this.#running.get(name);
    if (running === undefined) this.#running.set(name, (running = starts[name]()));
    return (await running).address();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map(async (running) => (await running).stop()));
  }
}
