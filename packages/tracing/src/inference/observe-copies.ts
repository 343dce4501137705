import { own } from './observe-iterator.js';

type Client = object & { readonly withOptions?: (...args: unknown[]) => object };

const withObservedCopies = new WeakSet<object>();

/** Has the copies of a client with other options observed too. */
export function observeCopies(client: object, observe: (copy: object) => object): void {
  const { withOptions } = client as Client;
  if (typeof withOptions !== 'function' || withObservedCopies.has(client)) return;
  withObservedCopies.add(client);
  own(client, 'withOptions', function (this: unknown, ...args: unknown[]): object {
    return observe(withOptions.apply(this, args));
  });
}
