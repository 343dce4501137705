import { createHash } from 'node:crypto';
import { luaClock } from './lua-clock.js';
import { luaLifecycle } from './lua-lifecycle.js';
import { luaMethods } from './lua-methods.js';
import { luaOutbox } from './lua-outbox.js';
import { luaRecords } from './lua-records.js';
import { luaSilences } from './lua-silences.js';

/** The script of all methods: `ARGV[1]` says which. All keys begin with `KEYS[1]`, a hash tag. */
export const script = [luaClock, luaRecords, luaOutbox, luaSilences, luaLifecycle, luaMethods].join(
  '\n',
);

/** By which Redis knows the script. */
export const scriptDigest = createHash('sha1').update(script).digest('hex');
