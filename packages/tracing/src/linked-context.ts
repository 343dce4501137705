import { ROOT_CONTEXT, type Context } from '@opentelemetry/api';

/** Depth at which a chain is copied into one map, so that a lookup never takes long. */
const maxDepth = 24;

/**
 * An OpenTelemetry `Context` whose `setValue` adds a link where the API's copies a map. A request sets four
 * values before its handler runs, and every span below it one more.
 */
class LinkedContext implements Context {
  readonly #parent: Context;
  readonly #key: symbol;
  readonly #value: unknown;
  readonly #depth: number;

  constructor(parent: Context, key: symbol, value: unknown, depth: number) {
    this.#parent = parent;
    this.#key = key;
    this.#value = value;
    this.#depth = depth;
  }

  getValue(key: symbol): unknown {
    return key === this.#key ? this.#value : this.#parent.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    if (this.#depth < maxDepth) return new LinkedContext(this, key, value, this.#depth + 1);
    return new LinkedContext(this.#flat(), key, value, 1);
  }

  deleteValue(key: symbol): Context {
    return this.setValue(key, undefined);
  }

  /** The same values without links; what is set last counts. */
  #flat(): Context {
    const seen = new Map<symbol, unknown>();
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the walk begins here
    let link: Context = this;
    while (link instanceof LinkedContext) {
      if (!seen.has(link.#key)) seen.set(link.#key, link.#value);
      link = link.#parent;
    }
    for (const [key, value] of seen) link = link.setValue(key, value);
    return link;
  }
}

const nothing = Symbol('llm.tracing.root');

/** The context of a request that knows nothing yet: `ROOT_CONTEXT`, whose `setValue` is cheap. */
export const requestRoot: Context = /* @__PURE__ */ new LinkedContext(
  ROOT_CONTEXT,
  nothing,
  undefined,
  0,
);
