import { MemoryStore, type AlertStore, type MemoryStoreOptions } from '../src/index.js';

/** A store in memory that can be told to be down, as a server that refuses connections. */
export function breakableStore(options: MemoryStoreOptions = {}, shared = false) {
  const memory = new MemoryStore(options);
  let isDown = false;
  const store = new Proxy<AlertStore>(memory, {
    get(target, name: keyof AlertStore) {
      if (name === 'shared') return shared;
      const value = target[name];
      if (typeof value !== 'function') return value;
      if (isDown) return () => Promise.reject(new Error('connection refused'));
      return value.bind(target);
    },
  });
  return { store, memory, down: (down: boolean) => (isDown = down) };
}
