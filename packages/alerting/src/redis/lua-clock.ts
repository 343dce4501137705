/**
 * What every step begins with: its arguments, and the time.
 *
 * Redis `TIME` is the clock. Where it was set back by more than a second, `skew` makes up for it:
 * all that is compared or waited for is kept in `now = wall + skew`, which never goes back, so that
 * every wait keeps its length. What people read is kept, or given back, as wall time.
 */
export const luaClock = `
local base = KEYS[1]
local meta = base .. ':meta'
local method = ARGV[1]
local seed = ARGV[3]
local maxAlerts = tonumber(ARGV[4])
local maxHistory = tonumber(ARGV[5])
local retentionMillis = tonumber(ARGV[6])
local maxPending = tonumber(ARGV[7])
local maxSilences = tonumber(ARGV[8])

local call = redis.call
local quote = cjson.encode
local null = cjson.null
local wall, now, skew

local function optional(value)
  if value == null then return nil end
  return value
end

-- cjson writes 14 digits; times and sums of them may have more.
local function digits(number)
  if number == math.floor(number) and number < 1e15 and number > -1e15 then
    return string.format('%.0f', number)
  end
  return string.format('%.17g', number)
end

local function digitsOrNull(number)
  if number == nil then return 'null' end
  return digits(number)
end

local function quoteOrNull(text)
  if text == nil then return 'null' end
  return quote(text)
end

local function has(list, item)
  for index = 1, #list do
    if list[index] == item then return true end
  end
  return false
end

local function readClock()
  local time = call('TIME')
  wall = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) + tonumber(ARGV[2])
  local known = call('HMGET', meta, 'skew', 'latest')
  skew = tonumber(known[1] or 0)
  local back = tonumber(known[2] or wall) - wall
  if back > 1000 then skew = skew + back end
  now = wall + skew
  return back > 1000
end

-- A step that writes writes this first: a Redis that refuses writes (out of memory, read-only,
-- a disk that fails) refuses it here, before anything is half done.
local function beginWriting()
  local setBack = readClock()
  call('HSET', meta, 'latest', digits(wall))
  if setBack then call('HSET', meta, 'skew', digits(skew)) end
end

-- The order of everything that is ordered by when it began.
local function nextNumber()
  return call('HINCRBY', meta, 'number', 1)
end

local function dueIn(due)
  if due == nil then return 'null' end
  return digits(math.max(0, due - now))
end
`;
