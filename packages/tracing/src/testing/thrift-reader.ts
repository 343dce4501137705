/** A Thrift value: structs are maps from field ids, lists arrays, integers bigints. */
export type ThriftValue =
  bigint | number | boolean | Buffer | readonly ThriftValue[] | ReadonlyMap<number, ThriftValue>;
export type ThriftStruct = ReadonlyMap<number, ThriftValue>;

/** Reads a struct in Thrift's binary protocol. @throws RangeError when it is not one */
export function readBinaryStruct(bytes: Buffer): ThriftStruct {
  return new BinaryReader(bytes).struct();
}

/** Reads a one-way call in whichever of the two protocols it is. @throws RangeError when it is none */
export function readCall(bytes: Buffer): {
  readonly name: string;
  readonly protocol: 'binary' | 'compact';
  readonly args: ThriftStruct;
} {
  const protocol = bytes[0] === 0x82 ? 'compact' : 'binary';
  const reader = protocol === 'compact' ? new CompactReader(bytes) : new BinaryReader(bytes);
  return { name: reader.call(), protocol, args: reader.struct() };
}

abstract class Reader {
  protected readonly bytes: Buffer;
  protected offset = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  abstract call(): string;
  abstract struct(): ThriftStruct;

  protected take(length: number): Buffer {
    if (length < 0 || this.offset + length > this.bytes.length) {
      throw new RangeError('thrift: a value beyond the end');
    }
    return this.bytes.subarray(this.offset, (this.offset += length));
  }

  protected byte(): number {
    return this.take(1).readUInt8(0);
  }
}

class BinaryReader extends Reader {
  call(): string {
    const version = this.#int32() >>> 0;
    if (version !== 0x80010004) throw new RangeError(`thrift: head ${version.toString(16)}`);
    const name = this.take(this.#int32()).toString();
    this.#int32();
    return name;
  }

  struct(): ThriftStruct {
    const fields = new Map<number, ThriftValue>();
    for (;;) {
      const type = this.byte();
      if (type === 0) return fields;
      fields.set(this.take(2).readInt16BE(0), this.#value(type));
    }
  }

  #int32(): number {
    return this.take(4).readInt32BE(0);
  }

  #value(type: number): ThriftValue {
    switch (type) {
      case 2:
        return this.byte() === 1;
      case 4:
        return this.take(8).readDoubleBE(0);
      case 8:
        return BigInt(this.#int32());
      case 10:
        return this.take(8).readBigInt64BE(0);
      case 11:
        return this.take(this.#int32());
      case 12:
        return this.struct();
      case 15: {
        const element = this.byte();
        return Array.from({ length: this.#int32() }, () => this.#value(element));
      }
      default:
        throw new RangeError(`thrift: type ${type}`);
    }
  }
}

class CompactReader extends Reader {
  call(): string {
    this.byte();
    const head = this.byte();
    if (head !== 0x81) throw new RangeError(`thrift: head ${head.toString(16)}`);
    this.#varint();
    return this.take(Number(this.#varint())).toString();
  }

  struct(): ThriftStruct {
    const fields = new Map<number, ThriftValue>();
    let id = 0;
    for (;;) {
      const head = this.byte();
      if (head === 0) return fields;
      id = head >> 4 === 0 ? Number(this.#zigzag()) : id + (head >> 4);
      fields.set(id, this.#value(head & 0x0f));
    }
  }

  #varint(): bigint {
    // Most are short; a bigint for each byte would cost more than all the rest.
    const first = this.bytes[this.offset] ?? 0x80;
    if (first < 0x80) {
      this.offset++;
      return BigInt(first);
    }
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('thrift: a varint without an end');
  }

  #zigzag(): bigint {
    const value = this.#varint();
    return (value >> 1n) ^ -(value & 1n);
  }

  #value(type: number): ThriftValue {
    switch (type) {
      case 1:
      case 2:
        return type === 1;
      case 4:
      case 5:
      case 6:
        return this.#zigzag();
      case 7:
        return this.take(8).readDoubleLE(0);
      case 8:
        return this.take(Number(this.#varint()));
      case 9: {
        const head = this.byte();
        const length = head >> 4 === 15 ? Number(this.#varint()) : head >> 4;
        return Array.from({ length }, () => this.#value(head & 0x0f));
      }
      case 12:
        return this.struct();
      default:
        throw new RangeError(`thrift: type ${type}`);
    }
  }
}
