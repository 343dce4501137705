/** Rows of equally many numbers: arrays or typed arrays. */
export type Rows = ArrayLike<ArrayLike<number>>;

/** Beyond this, `max - min` of a column overflows. */
const LARGEST = Number.MAX_VALUE / 4;

/** Checks shape, width and finiteness, names the row and column at fault, and returns the width. */
export function checkRows(rows: Rows, width?: number): number {
  if (!isArrayLike(rows)) throw new TypeError(`rows must be an array of rows, got ${typeof rows}`);
  if (rows.length === 0) throw new RangeError('rows must hold at least one row, got 0');
  let expected = width;
  for (let row = 0; row < rows.length; row += 1) {
    expected = checkRow(rows[row] as ArrayLike<number>, expected, `row ${row}`);
  }
  return expected as number;
}

/** Checks one row as `checkRows` does. */
export function checkRow(
  values: ArrayLike<number>,
  width: number | undefined,
  name = 'row',
): number {
  if (!isArrayLike(values)) {
    throw new TypeError(`${name} must be an array of numbers, got ${describe(values)}`);
  }
  if (values.length === 0) throw new RangeError(`${name} must have at least one column, got 0`);
  if (width !== undefined && values.length !== width) {
    throw new RangeError(`${name} must have ${width} columns, got ${values.length}`);
  }
  for (let column = 0; column < values.length; column += 1) {
    const value: unknown = values[column];
    if (typeof value !== 'number' || !(Math.abs(value) <= LARGEST)) {
      throw new RangeError(
        `${name}, column ${column} must be a finite number of ordinary size, got ${describe(value)}`,
      );
    }
  }
  return values.length;
}

function isArrayLike(value: unknown): boolean {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value);
}

function describe(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return value === null ? 'null' : typeof value;
}
