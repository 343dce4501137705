import winston, { type Logform } from 'winston';
import {
  BEYOND_ROOT,
  LEVEL,
  MESSAGE,
  NAME,
  OTEL_CONTEXT,
  RECORD,
  STAMP,
  setOwn,
  type Info,
  type RecordEntry,
  type Stamp,
} from './info.js';
import { lineOf, type Layout } from './line-layout.js';
import type { PlainLines } from './plain-lines.js';
import { recordOf, substituteRecord, type RecordSettings } from './record.js';
import { takeStamp, type Clock } from './stamp.js';

/**
 * The one winston format that a logger of ours has: timestamp, ids, errors, `%s` arguments, masking
 * and JSON in one pass. What it hands on carries the line as `Symbol.for('message')` and the same
 * plain, masked values as properties, so every transport writes the same record.
 *
 * @param plain writes the plain ones, and says whether their line is all that anybody sees; without it
 *   each has its `RECORD`, for other renderings
 */
export function recordFormat(
  settings: RecordSettings,
  clock: Clock,
  plain?: { readonly lines: PlainLines; readonly isLineAll: () => boolean },
): Logform.Format {
  return winston.format((input) => {
    const info = input as Info;
    const level = String(info[LEVEL] ?? info['level']);
    const stamp = info[STAMP] ?? takeStamp(clock);
    try {
      if (plain?.lines.complete(info, stamp, level, plain.isLineAll()) === true) {
        return inContext(info, stamp);
      }
      const made = infoFrom(recordOf(info, stamp, settings), level, settings.layout);
      if (info[BEYOND_ROOT] === true) made[BEYOND_ROOT] = true;
      return inContext(made, stamp);
    } catch {
      const record = substituteRecord(level, stamp, info[NAME] ?? settings.name);
      return inContext(infoFrom(record, level, settings.layout), stamp);
    }
  })();
}

function infoFrom(record: readonly RecordEntry[], level: string, layout: Layout): Info {
  const info: Info = {};
  for (const [key, value] of record) setOwn(info, key, value);
  info[LEVEL] = level;
  info[RECORD] = record;
  info[MESSAGE] = lineOf(record, layout);
  return info;
}

/** A transport that stalls gets its lines when another context is active. */
function inContext(info: Info, { context }: Stamp): Logform.TransformableInfo {
  if (context !== undefined && info[OTEL_CONTEXT] === undefined) info[OTEL_CONTEXT] = context;
  return info as Logform.TransformableInfo;
}
