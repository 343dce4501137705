import { createHash } from 'node:crypto';
import type { RedisCommand } from './redis-client.js';
import { slotsPerWindow } from './request-window.js';

/*
 * Keys, all of one hash slot (`{prefix}`), so that a Redis Cluster takes them too:
 *   :replicas           sorted set, replica → when it is presumed dead
 *   :tenants            sorted set, tenant → when it was last seen
 *   :replica:<id>       hash, `t:<tenant>` → requests in progress, `seq` → last flush taken
 *   :requests:<slot>    sorted set, tenant → requests begun in that tenth of a window
 * All times are Redis' own, in milliseconds. All keys expire.
 */
const prelude = `
local prefix = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window = tonumber(ARGV[1])
local slotMillis = window / ${slotsPerWindow}
local slot = math.floor(now / slotMillis)
local replicas, tenants = prefix .. ':replicas', prefix .. ':tenants'
redis.call('ZREMRANGEBYSCORE', replicas, '-inf', now)
redis.call('ZREMRANGEBYSCORE', tenants, '-inf', '(' .. (now - window))
`;

/**
 * ARGV: window, replica, sequence number, ttl, maxTenants, then (tenant, active, begun) triples.
 * Replaces what the replica has in progress and adds what began. A sequence number that was taken
 * already (its answer was lost) adds nothing again, and an older one changes nothing. Answers how many requests were folded.
 */
const flush = `${prelude}
local replica, seq, ttl, maxTenants = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local mine = prefix .. ':replica:' .. replica
local requests = prefix .. ':requests:' .. string.format('%.0f', slot)
local taken = tonumber(redis.call('HGET', mine, 'seq') or '0')
if tonumber(seq) < taken then return 0 end
local again = tonumber(seq) == taken
local folded = 0
local open = {}
for i = 6, #ARGV, 3 do
  local tenant, active, begun = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  if tenant ~= '__other__' and not redis.call('ZSCORE', tenants, tenant)
    and redis.call('ZCARD', tenants) >= maxTenants then
    tenant = '__other__'
    if not again then folded = folded + begun end
  end
  redis.call('ZADD', tenants, now, tenant)
  if active > 0 then open[tenant] = (open[tenant] or 0) + active end
  if begun > 0 and not again then redis.call('ZINCRBY', requests, begun, tenant) end
end
redis.call('DEL', mine)
redis.call('HSET', mine, 'seq', seq)
for tenant, active in pairs(open) do redis.call('HSET', mine, 't:' .. tenant, active) end
redis.call('PEXPIRE', mine, ttl)
redis.call('PEXPIRE', requests, math.ceil(window + slotMillis))
redis.call('PEXPIRE', tenants, math.ceil(window + ttl))
redis.call('ZADD', replicas, now + ttl, replica)
redis.call('PEXPIRE', replicas, math.ceil(window + ttl))
return folded
`;

/** ARGV: window, maxListed. Answers [active requests, active tenants, [tenant, active, begun, last seen]…]. */
const snapshot = `${prelude}
local maxListed = tonumber(ARGV[2])
local total, open = 0, {}
for _, replica in ipairs(redis.call('ZRANGE', replicas, 0, -1)) do
  local fields = redis.call('HGETALL', prefix .. ':replica:' .. replica)
  for i = 1, #fields, 2 do
    if string.sub(fields[i], 1, 2) == 't:' then
      local tenant, active = string.sub(fields[i], 3), tonumber(fields[i + 1])
      open[tenant] = (open[tenant] or 0) + active
      total = total + active
    end
  end
end
local count = redis.call('ZCARD', tenants)
local candidates = {}
for tenant in pairs(open) do
  if not redis.call('ZSCORE', tenants, tenant) then count = count + 1 end
  candidates[tenant] = true
end
local list = {}
if maxListed > 0 then
  for _, tenant in ipairs(redis.call('ZREVRANGE', tenants, 0, maxListed - 1)) do candidates[tenant] = true end
  for i = 0, ${slotsPerWindow - 1} do
    local key = prefix .. ':requests:' .. string.format('%.0f', slot - i)
    for _, tenant in ipairs(redis.call('ZREVRANGE', key, 0, maxListed - 1)) do candidates[tenant] = true end
  end
  for tenant in pairs(candidates) do
    local begun = 0
    for i = 0, ${slotsPerWindow - 1} do
      local key = prefix .. ':requests:' .. string.format('%.0f', slot - i)
      begun = begun + tonumber(redis.call('ZSCORE', key, tenant) or '0')
    end
    local seen = redis.call('ZSCORE', tenants, tenant)
    if open[tenant] then seen = now end
    if seen then
      list[#list + 1] = { tenant, open[tenant] or 0, begun, string.format('%.0f', tonumber(seen)) }
    end
  end
  table.sort(list, function(a, b)
    if a[2] ~= b[2] then return a[2] > b[2] end
    if a[3] ~= b[3] then return a[3] > b[3] end
    if a[4] ~= b[4] then return a[4] > b[4] end
    return a[1] < b[1]
  end)
  for i = #list, maxListed + 1, -1 do list[i] = nil end
end
return { total, count, list }
`;

/** ARGV: window, tenant. What replicas say it has in progress stays until it ends. */
const forget = `${prelude}
local tenant = ARGV[2]
redis.call('ZREM', tenants, tenant)
for i = 0, ${slotsPerWindow} do
  redis.call('ZREM', prefix .. ':requests:' .. string.format('%.0f', slot - i), tenant)
end
return 1
`;

export const forgetScript = script(forget);
export const flushScript = script(flush);
export const snapshotScript = script(snapshot);

export interface RedisScript {
  readonly source: string;
  readonly sha: string;
}

/** A script with its digest. */
export function script(source: string): RedisScript {
  return { source, sha: createHash('sha1').update(source).digest('hex') };
}

/** Runs a script by its digest, and sends its text when Redis does not know it (any more). */
export async function evaluate(
  command: RedisCommand,
  { source, sha }: RedisScript,
  key: string,
  args: readonly string[],
): Promise<unknown> {
  try {
    return await command('EVALSHA', sha, '1', key, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return await command('EVAL', source, '1', key, ...args);
  }
}
