import { expect, it } from 'vitest';
import { synchronisedBytes } from '../../src/alerting/power-cut.js';

const file = '/tmp/redis/appendonlydir/appendonly.aof.1.incr.aof';
const write = (bytes: number, thread = 10) =>
  `${thread} write(8<${file}>, ""..., ${bytes}) = ${bytes}`;

it('counts what was written before the last synchronisation that ended had begun', () => {
  const log = [
    write(100),
    `11 fdatasync(8<${file}> <unfinished ...>`,
    write(50),
    '11 <... fdatasync resumed>) = 0',
    write(7),
  ].join('\n');
  expect(synchronisedBytes(log, file)).toBe(100);
  expect(synchronisedBytes(`${log}\n11 fdatasync(8<${file}>) = 0`, file)).toBe(157);
});

it('does not count a synchronisation that has not ended, or failed', () => {
  const begun = `${write(100)}\n11 fdatasync(8<${file}> <unfinished ...>\n${write(50)}`;
  expect(synchronisedBytes(begun, file)).toBe(0);
  const failed = '11 <... fdatasync resumed>) = -1 EIO (Input/output error)';
  expect(synchronisedBytes(`${begun}\n${failed}`, file)).toBe(0);
});

it('counts a write that was interrupted by another thread when it ends, and nothing of other files', () => {
  const log = [
    `10 write(8<${file}>, ""..., 30 <unfinished ...>`,
    '11 write(9</tmp/other>, ""..., 500) = 500',
    '10 <... write resumed>) = 30',
    `11 fdatasync(8<${file}>) = 0`,
  ].join('\n');
  expect(synchronisedBytes(log, file)).toBe(30);
});
