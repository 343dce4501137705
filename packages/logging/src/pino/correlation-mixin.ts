import { currentIdentity, identityKeys, type Identity } from '../line/identity.js';

/** pino's `mixin` that adds the ids of the request and the span in progress: `pino({ mixin: correlationMixin() })`. */
export function correlationMixin(): () => Partial<Identity> {
  return () => addIdentity({});
}

/** Sets the ids that are known; they win over fields of their names. */
export function addIdentity<T extends object>(fields: T): T & Partial<Identity> {
  const identity = currentIdentity();
  const named = fields as T & { -readonly [K in keyof Identity]?: Identity[K] };
  for (const key of identityKeys) {
    const id = identity[key];
    if (id !== undefined) named[key] = id;
  }
  return named;
}
