/**
 * Writes Thrift structures in one of Thrift's two wire protocols. Fields are written in ascending order
 * of their ids. A struct's bytes do not depend on what surrounds it, so that structs written apart can
 * be put together.
 */
export interface ThriftWriter {
  /** Bytes written since the last {@link take}. */
  readonly length: number;
  /** A copy of what was written; the writer is empty then. */
  take(): Buffer;
  /** The head of a one-way call. */
  oneWay(name: string): void;
  beginStruct(): void;
  endStruct(): void;
  /** The head of a field that is a struct; {@link beginStruct} follows. */
  struct(id: number): void;
  /** The head of a field that is a list of structs, which follow. */
  structs(id: number, count: number): void;
  i32(id: number, value: number): void;
  /** A 64-bit integer from its two halves, unsigned. */
  i64(id: number, high: number, low: number): void;
  double(id: number, value: number): void;
  bool(id: number, value: boolean): void;
  string(id: number, value: string): void;
}

/** A buffer that grows, and the bytes that both protocols have in common. */
abstract class Bytes {
  protected buffer = Buffer.allocUnsafe(16_384);
  protected offset = 0;

  get length(): number {
    return this.offset;
  }

  take(): Buffer {
    const taken = Buffer.from(this.buffer.subarray(0, this.offset));
    this.offset = 0;
    return taken;
  }

  protected reserve(bytes: number): void {
    const needed = this.offset + bytes;
    if (needed <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(grown, 0, 0, this.offset);
    this.buffer = grown;
  }

  protected byte(value: number): void {
    this.reserve(1);
    this.buffer[this.offset++] = value;
  }

  /** The bytes of a text, after its length, which `writeLength` is told. */
  protected text(value: string, writeLength: (bytes: number) => void): void {
    const { length } = value;
    // Most texts are short and ASCII: one pass, no second encoding.
    if (length < 64 && isAscii(value)) {
      writeLength(length);
      this.reserve(length);
      for (let i = 0; i < length; i++) this.buffer[this.offset++] = value.charCodeAt(i);
      return;
    }
    const bytes = Buffer.byteLength(value);
    writeLength(bytes);
    this.reserve(bytes);
    this.offset += this.buffer.write(value, this.offset, bytes, 'utf8');
  }
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

/** Thrift's binary protocol, which Jaeger takes by HTTP and at the agent's port 6832. */
export class BinaryThriftWriter extends Bytes implements ThriftWriter {
  readonly #length = (bytes: number): void => this.#int32(bytes);

  oneWay(name: string): void {
    this.#int32(0x80010004 | 0);
    this.text(name, this.#length);
    this.#int32(0);
  }

  beginStruct(): void {
    // Its fields say it all.
  }

  endStruct(): void {
    this.byte(0);
  }

  struct(id: number): void {
    this.#field(12, id);
  }

  structs(id: number, count: number): void {
    this.#field(15, id);
    this.byte(12);
    this.#int32(count);
  }

  i32(id: number, value: number): void {
    this.#field(8, id);
    this.#int32(value);
  }

  i64(id: number, high: number, low: number): void {
    this.#field(10, id);
    this.#int32(high | 0);
    this.#int32(low | 0);
  }

  double(id: number, value: number): void {
    this.#field(4, id);
    this.reserve(8);
    this.offset = this.buffer.writeDoubleBE(value, this.offset);
  }

  bool(id: number, value: boolean): void {
    this.#field(2, id);
    this.byte(value ? 1 : 0);
  }

  string(id: number, value: string): void {
    this.#field(11, id);
    this.text(value, this.#length);
  }

  #field(type: number, id: number): void {
    this.reserve(3);
    this.buffer[this.offset++] = type;
    this.buffer[this.offset++] = id >> 8;
    this.buffer[this.offset++] = id & 0xff;
  }

  #int32(value: number): void {
    this.reserve(4);
    this.offset = this.buffer.writeInt32BE(value, this.offset);
  }
}

/** Thrift's compact protocol, which Jaeger's agent takes at port 6831. */
export class CompactThriftWriter extends Bytes implements ThriftWriter {
  readonly #outer: number[] = [];
  #lastId = 0;
  readonly #length = (bytes: number): void => this.#varint(bytes);

  oneWay(name: string): void {
    this.byte(0x82);
    this.byte((4 << 5) | 1);
    this.#varint(0);
    this.text(name, this.#length);
  }

  beginStruct(): void {
    this.#outer.push(this.#lastId);
    this.#lastId = 0;
  }

  endStruct(): void {
    this.byte(0);
    this.#lastId = this.#outer.pop() ?? 0;
  }

  struct(id: number): void {
    this.#field(12, id);
  }

  structs(id: number, count: number): void {
    this.#field(9, id);
    if (count < 15) this.byte((count << 4) | 12);
    else {
      this.byte(0xfc);
      this.#varint(count);
    }
  }

  i32(id: number, value: number): void {
    this.#field(5, id);
    this.#varint(((value << 1) ^ (value >> 31)) >>> 0);
  }

  i64(id: number, high: number, low: number): void {
    this.#field(6, id);
    // Zigzag, in halves: small negative numbers stay short.
    const sign = high >> 31;
    let h = (((high << 1) | (low >>> 31)) ^ sign) >>> 0;
    let l = ((low << 1) ^ sign) >>> 0;
    this.reserve(10);
    while (h > 0 || l > 0x7f) {
      this.buffer[this.offset++] = (l & 0x7f) | 0x80;
      l = ((l >>> 7) | (h << 25)) >>> 0;
      h >>>= 7;
    }
    this.buffer[this.offset++] = l;
  }

  double(id: number, value: number): void {
    this.#field(7, id);
    this.reserve(8);
    this.offset = this.buffer.writeDoubleLE(value, this.offset);
  }

  bool(id: number, value: boolean): void {
    this.#field(value ? 1 : 2, id);
  }

  string(id: number, value: string): void {
    this.#field(8, id);
    this.text(value, this.#length);
  }

  /** The distance to the field before and the type in one byte; Jaeger has no ids beyond 15. */
  #field(type: number, id: number): void {
    this.byte(((id - this.#lastId) << 4) | type);
    this.#lastId = id;
  }

  #varint(value: number): void {
    this.reserve(5);
    let rest = value;
    while (rest > 0x7f) {
      this.buffer[this.offset++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.offset++] = rest;
  }
}
