import { endianness } from 'node:os';

type Numbers = Uint16Array | Uint32Array | Float64Array;

/** Base64 of the numbers' little-endian bytes. */
export function packNumbers(numbers: Numbers): string {
  return littleEndian(
    Buffer.from(numbers.buffer.slice(numbers.byteOffset, numbers.byteOffset + numbers.byteLength)),
    numbers.BYTES_PER_ELEMENT,
  ).toString('base64');
}

export function unpackUint16(text: string): Uint16Array<ArrayBuffer> {
  return new Uint16Array(unpack(text, 2));
}

export function unpackUint32(text: string): Uint32Array<ArrayBuffer> {
  return new Uint32Array(unpack(text, 4));
}

export function unpackFloat64(text: string): Float64Array<ArrayBuffer> {
  return new Float64Array(unpack(text, 8));
}

function unpack(text: string, size: number): ArrayBuffer {
  const bytes = littleEndian(Buffer.from(text, 'base64'), size);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

function littleEndian(bytes: Buffer, size: number): Buffer {
  if (bytes.byteLength % size !== 0) {
    throw new RangeError(
      `packed numbers must be a multiple of ${size} bytes, got ${bytes.byteLength}`,
    );
  }
  if (endianness() === 'LE') return bytes;
  return size === 2 ? bytes.swap16() : size === 4 ? bytes.swap32() : bytes.swap64();
}
