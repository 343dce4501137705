import { once } from 'node:events';
import { createServer, Server, type AddressInfo, Socket } from 'node:net';

// Blocks run at the same time and say `listen(3000)`, each of them. Preloaded into a block's process, this gives it a
// free port instead, to which its own requests to port 3000 of this machine go.

const free = new Map<number, number>();
const spare: number[] = [];
for (let count = 0; count < 4; count += 1) {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  spare.push((probe.address() as AddressInfo).port);
  probe.close();
  await once(probe, 'close');
}

interface Where {
  port?: number | string;
}
type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Changes the port among the arguments of `listen` and `connect`, which come in three shapes. */
function changePort(args: unknown[], change: (port: number) => number): unknown[] {
  const [first, ...rest] = args;
  if (Array.isArray(first)) {
    // Arguments that Node has put in order, and marked as such by a symbol.
    const ordered = first as unknown[];
    ordered.splice(0, ordered.length, ...changePort([...ordered], change));
    return args;
  }
  if (typeof first === 'object' && first !== null && 'port' in first) {
    const port = Number((first as Where).port);
    return port > 0 ? [{ ...first, port: change(port) }, ...rest] : args;
  }
  const port = Number(first);
  return typeof first !== 'object' && port > 0 ? [change(port), ...rest] : args;
}

function patch(prototype: object, name: string, change: (port: number) => number): void {
  const original = Reflect.get(prototype, name) as Method;
  Reflect.set(prototype, name, function (this: unknown, ...args: unknown[]) {
    return original.apply(this, changePort(args, change));
  });
}

patch(Server.prototype, 'listen', (port) => {
  const own = free.get(port) ?? spare.pop() ?? port;
  free.set(port, own);
  return own;
});
patch(Socket.prototype, 'connect', (port) => free.get(port) ?? port);
