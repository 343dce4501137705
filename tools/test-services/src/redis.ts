import { once } from 'node:events';
import { connect } from 'node:net';
import { throwawayDirectory } from './directory.js';
import { freePort } from './port.js';
import { requireProgram } from './program.js';
import { runningService, startService, type Service } from './service.js';

export interface RedisOptions {
  /** Persistence: nothing, or the append-only file with this fsync policy. Default: 'none'. */
  readonly persistence?: 'none' | 'everysec' | 'always';
  /** The test stops, kills or pauses it, so that it must be its own. Default: false. */
  readonly breakable?: boolean;
}

/**
 * A Redis: the one at TEST_REDIS_URL, which may hold other keys, else one of this test's own.
 *
 * @throws Error that says what to install when there is no redis-server.
 */
export async function startRedis({
  persistence = 'none',
  breakable = false,
}: RedisOptions = {}): Promise<Service> {
  const running = process.env['TEST_REDIS_URL'];
  if (running !== undefined && persistence === 'none' && !breakable)
    return runningService('TEST_REDIS_URL', running);
  const command = await requireProgram({
    names: ['redis-server', 'valkey-server'],
    debianPackage: 'redis-server',
    homebrewFormula: 'redis',
    variable: 'TEST_REDIS_URL',
  });
  const port = await freePort();
  const directory = throwawayDirectory('redis');
  const durable = persistence === 'none' ? ['no'] : ['yes', '--appendfsync', persistence];
  return startService({
    command,
    args: [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      directory,
      '--save',
      '',
      '--appendonly',
      ...durable,
    ],
    url: `redis://127.0.0.1:${port}`,
    probe: () => ping(port),
  });
}

async function ping(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write('PING\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    if (!answer.toString().startsWith('+PONG'))
      throw new Error(`Redis answers ${answer.toString()}`);
  } finally {
    socket.destroy();
  }
}
