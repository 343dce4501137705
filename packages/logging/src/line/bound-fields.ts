import type { PlainLines } from './plain-lines.js';

/** Fields of a logger or of a child, as text for its plain lines; they are written anew when they change. */
export class BoundFields {
  readonly source: object;
  readonly #parentOf: () => BoundFields | undefined;
  readonly #ownName: string | undefined;
  /** Of the nearest logger that has a name of its own. */
  name: string | undefined;
  /** All fields from the root logger down to this one; undefined where they need care. */
  text: string | undefined;
  /** Their keys: a call's field of such a name takes its place. */
  keys: ReadonlySet<string> = new Set();
  #lines: PlainLines | undefined;
  #values: unknown[] = [];
  #parent: BoundFields | undefined;
  #parentText: string | undefined;
  /** Loggers from the root to this one. */
  layers = 1;

  /** @param parentOf the fields of the logger above, which may get others */
  constructor(source: object, parentOf: () => BoundFields | undefined, name?: string) {
    this.source = source;
    this.#parentOf = parentOf;
    this.#ownName = name;
  }

  /** The name, also where nothing was written yet. */
  get loggerName(): string | undefined {
    return this.#ownName ?? this.#parentOf()?.loggerName;
  }

  /** Brings `name`, `text` and `keys` up to date. */
  refresh(lines: PlainLines): this {
    const parent = this.#parentOf()?.refresh(lines);
    if (
      this.#lines !== lines ||
      this.#parent !== parent ||
      this.#parentText !== parent?.text ||
      this.#changed()
    ) {
      this.#lines = lines;
      this.#parent = parent;
      this.#parentText = parent?.text;
      this.layers = (parent?.layers ?? 0) + 1;
      this.name = this.#ownName ?? parent?.name;
      this.#write(lines, parent);
    }
    return this;
  }

  #changed(): boolean {
    let place = 0;
    for (const key in this.source) {
      const value = (this.source as Record<string, unknown>)[key];
      if (place >= this.#values.length || !Object.is(value, this.#values[place])) return true;
      place++;
    }
    return place !== this.#values.length;
  }

  #write(lines: PlainLines, parent: BoundFields | undefined): void {
    this.text = undefined;
    this.#values = [];
    const source = this.source as Record<string, unknown>;
    if (this.layers > mostLayers || Object.getPrototypeOf(source) !== Object.prototype) return;
    if (parent !== undefined && parent.text === undefined) return;
    const above = parent?.keys;
    const keys = new Set(above);
    let text = parent?.text ?? '';
    let careful = false;
    for (const key of Object.keys(source)) {
      const value = source[key];
      this.#values.push(value);
      const field = isPlain(source, key) ? lines.field(key, value) : undefined;
      careful ||= field === undefined || above?.has(key) === true;
      keys.add(key);
      text += field ?? '';
    }
    if (careful) return;
    this.keys = keys;
    this.text = text;
  }
}

/** More layers than anybody needs; their texts must stay far below the limit on a record. */
const mostLayers = 8;

/** Values that stay what they are, and are not computed anew at each line. */
function isPlain(source: object, key: string): boolean {
  const value = Object.getOwnPropertyDescriptor(source, key)?.value as unknown;
  return value !== undefined && (typeof value !== 'object' || value === null);
}
