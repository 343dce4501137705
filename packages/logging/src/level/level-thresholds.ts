import type { Logger } from 'winston';

/** The levels of a logger and of those of its children that have a name, as they are at the moment. */
export class LevelThresholds {
  /** Name of the root logger, which can be meant by it. */
  readonly #rootName: string;
  readonly #configured: string;
  readonly #verbose: string;
  readonly #byName = new Map<string, string>();
  #root: Logger | undefined;
  #before: string | undefined;

  /** @param verbose what `toggle` sets */
  constructor(rootName: string, configured: string, verbose: string) {
    this.#rootName = rootName;
    this.#configured = configured;
    this.#verbose = verbose;
  }

  /** To be called once the logger is there. */
  attach(root: Logger): void {
    this.#root = root;
  }

  /** Sets, or takes back with undefined, the level of all or of those of a name. */
  set(level: string | undefined, name: string = this.#rootName): void {
    if (name !== this.#rootName) {
      if (level === undefined) this.#byName.delete(name);
      else this.#byName.set(name, level);
    } else if (this.#root !== undefined) {
      this.#before = undefined;
      this.#root.level = level ?? this.#configured;
    }
  }

  /** The level that was set for a name; undefined where none was, or all are verbose for a while. */
  of(name: string): string | undefined {
    if (this.#byName.size === 0 || this.#before !== undefined) return undefined;
    return this.#byName.get(name);
  }

  /** Makes all verbose, or takes that back; returns the level that all have now. */
  toggle(): string {
    const root = this.#root;
    if (root === undefined) return this.#configured;
    if (this.#before === undefined) {
      this.#before = root.level;
      if (this.isBeyondRoot(this.#verbose)) root.level = this.#verbose;
    } else {
      root.level = this.#before;
      this.#before = undefined;
    }
    return root.level;
  }

  /** Whether a level is beyond what the root logger, and with it every transport without a level of its own, lets through. */
  isBeyondRoot(level: string, logger?: Logger): boolean {
    const { levels, level: threshold } = this.#root ?? {};
    if (levels === undefined || threshold === undefined || logger?.level === threshold)
      return false;
    return (levels[level] ?? Infinity) > (levels[threshold] ?? -Infinity);
  }
}
