/** One field of a protobuf message, undecoded. */
export interface ProtobufField {
  readonly id: number;
  /** Of the wire type varint. */
  readonly varint?: bigint;
  /** Of the wire types fixed64, length-delimited and fixed32. */
  readonly bytes?: Buffer;
}

/** Reads the wire format, which needs no schema: numbered fields one after the other. */
export function protobufFields(body: Buffer): ProtobufField[] {
  const found: ProtobufField[] = [];
  let offset = 0;
  const varint = (): bigint => {
    // Most are short; a bigint for each byte would cost more than all the rest.
    if ((body[offset] ?? 0x80) < 0x80) return BigInt(body[offset++] ?? 0);
    const [first = 0x80, second = 0x80] = [body[offset], body[offset + 1]];
    if (second < 0x80) {
      offset += 2;
      return BigInt((second << 7) | (first & 0x7f));
    }
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = body.readUInt8(offset++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => {
    if (offset + length > body.length) throw new RangeError('protobuf: field beyond the message');
    return body.subarray(offset, (offset += length));
  };
  while (offset < body.length) {
    const tag = Number(varint());
    const id = tag >> 3;
    switch (tag & 7) {
      case 0:
        found.push({ id, varint: varint() });
        break;
      case 1:
        found.push({ id, bytes: take(8) });
        break;
      case 2:
        found.push({ id, bytes: take(Number(varint())) });
        break;
      case 5:
        found.push({ id, bytes: take(4) });
        break;
      default:
        throw new RangeError(`protobuf: wire type ${tag & 7}`);
    }
  }
  return found;
}
