/**
 * What every step begins with: its arguments, and the time.
 *
 * Redis `TIME` is the clock. Where it was set back by more than a second, `skew` makes up for it:
 * all that is compared or waited for is kept in `now = wall + skew`, which never goes back, so that
 * every wait keeps its length. What people read is kept, or given back, as wall time.
 */
export const luaClock = `
our.base = KEYS[1]
our.meta = our.base .. ':meta'
our.seed = ARGV[3]
our.maxAlerts = tonumber(ARGV[4])
our.maxHistory = tonumber(ARGV[5])
our.retentionMillis = tonumber(ARGV[6])
our.maxPending = tonumber(ARGV[7])
our.maxSilences = tonumber(ARGV[8])

our.quote = cjson.encode

function our.optional(value)
  if value == cjson.null then return nil end
  return value
end

-- cjson writes 14 digits; times and sums of them may have more.
function our.digits(number)
  if number == math.floor(number) and number < 1e15 and number > -1e15 then
    return string.format('%d', number)
  end
  return string.format('%.17g', number)
end

function our.digitsOrNull(number)
  if number == nil then return 'null' end
  return our.digits(number)
end

function our.quoteOrNull(text)
  if text == nil then return 'null' end
  return our.quote(text)
end

function our.has(list, item)
  for index = 1, #list do
    if list[index] == item then return true end
  end
  return false
end

function our.readClock()
  local time = redis.call('TIME')
  our.wall = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) + tonumber(ARGV[2])
  local known = redis.call('HMGET', our.meta, 'skew', 'latest', 'number')
  our.skew = tonumber(known[1] or 0)
  local back = tonumber(known[2] or our.wall) - our.wall
  if back > 1000 then our.skew = our.skew + back end
  our.now = our.wall + our.skew
  our.number = tonumber(known[3] or 0)
  return back > 1000
end

-- A step that writes writes this first: a Redis that refuses writes (out of memory, read-only,
-- a disk that fails) refuses it here, before anything is half done.
function our.beginWriting()
  local setBack = our.readClock()
  our.lastNumber = our.number + our.numbersPerStep
  redis.call('HSET', our.meta, 'latest', our.digits(our.wall), 'number', our.digits(our.lastNumber))
  if setBack then redis.call('HSET', our.meta, 'skew', our.digits(our.skew)) end
end

-- The order of everything that is ordered by when it began. A step takes a handful at once.
our.numbersPerStep = 16

function our.nextNumber()
  if our.number == our.lastNumber then
    our.lastNumber = redis.call('HINCRBY', our.meta, 'number', our.numbersPerStep)
  end
  our.number = our.number + 1
  return our.number
end

function our.dueIn(due)
  if due == nil then return 'null' end
  return our.digits(math.max(0, due - our.now))
end
`;
