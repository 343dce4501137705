import { maxGroupSize } from '../notification.js';

/**
 * The outbox: the rules of `AlertStore.claim`.
 *
 * `delivery:<id>` is a hash: what is known of the delivery, and for each place `n` of a notification
 * `n` (its text), `i<n>` (the alert's id) and `e<n>` (the episode). Per channel, `queue:` orders what
 * may be claimed by when (heads of streams, those out of order, and the leased by the end of their
 * lease), `pending:` holds all by when they were enqueued; `stream:` is the order of one stream.
 * `of:<alert id>` names the deliveries of an alert that its own streams do not name.
 */
export const luaOutbox = `
our.channelsKey = our.base .. ':channels'
our.maxGroupSize = ${maxGroupSize}
our.touched = {}
our.leases = 0

function our.laneKey(channel) return our.base .. ':lane:' .. channel end
function our.queueKey(channel) return our.base .. ':queue:' .. channel end
function our.pendingKey(channel) return our.base .. ':pending:' .. channel end
function our.deliveryKey(id) return our.base .. ':delivery:' .. id end
function our.ofKey(alertId) return our.base .. ':of:' .. alertId end

function our.streamKey(channel, stream)
  return our.base .. ':stream:' .. #channel .. ':' .. channel .. ':' .. stream
end

-- Unique for ever because of the caller's random seed; the number in front keeps ties in order.
function our.newDeliveryId()
  return string.format('%014.0f-%s', our.nextNumber(), our.seed)
end

function our.putPlace(id, place, text, alertId, episode)
  local key = our.deliveryKey(id)
  redis.call('HSET', key, place, text, 'i' .. place, alertId, 'e' .. place, episode, 'places', place)
  redis.call('SADD', our.ofKey(alertId), id)
end

-- Enqueues for one channel; false when its outbox is full.
function our.enqueue(channel, state, text, waitMillis)
  local group = state.group
  local stream = group and ('g' .. group) or ('a' .. state.id)
  local order = our.streamKey(channel, stream)
  if group then
    local tail = redis.call('LINDEX', order, -1)
    if tail then
      local known = redis.call('HMGET', our.deliveryKey(tail), 'places', 'claimed')
      local places = tonumber(known[1] or our.maxGroupSize)
      if known[2] ~= '1' and places < our.maxGroupSize then
        our.putPlace(tail, places + 1, text, state.id, our.digits(state.episode))
        return true
      end
    end
  end
  local pending = redis.call('ZCARD', our.pendingKey(channel))
  if pending >= our.maxPending then return false end
  local id = our.newDeliveryId()
  local now = our.digits(our.now)
  local due = group and our.digits(our.now + waitMillis) or now
  redis.call('HSET', our.deliveryKey(id), 'channel', channel, 'stream', stream, 'createdAt', now,
    'dueAt', due, 'attempts', 0, 'ordered', 1,
    'places', 1, '1', text, 'i1', state.id, 'e1', our.digits(state.episode))
  if group then
    redis.call('HSET', our.deliveryKey(id), 'group', group)
    redis.call('SADD', our.ofKey(state.id), id)
  end
  if pending == 0 then redis.call('SADD', our.channelsKey, channel) end
  redis.call('ZADD', our.pendingKey(channel), now, id)
  if redis.call('RPUSH', order, id) == 1 then redis.call('ZADD', our.queueKey(channel), due, id) end
  return true
end

function our.loadDelivery(id)
  local fields = redis.call('HGETALL', our.deliveryKey(id))
  if #fields == 0 then return nil end
  local delivery = { id = id }
  for index = 1, #fields, 2 do delivery[fields[index]] = fields[index + 1] end
  return delivery
end

-- The delivery, where this lease is held: one that has lapsed is, until somebody else claims the delivery.
function our.heldDelivery(id, lease)
  if redis.call('HGET', our.deliveryKey(id), 'lease') ~= lease then return nil end
  return our.loadDelivery(id)
end

-- Takes a delivery out of its stream's order; the one behind a head becomes the head.
function our.leaveStream(delivery)
  if delivery.ordered ~= '1' then return end
  delivery.ordered = '0'
  local order = our.streamKey(delivery.channel, delivery.stream)
  local head = redis.call('LINDEX', order, 0)
  redis.call('LREM', order, 1, delivery.id)
  if head ~= delivery.id then return end
  local follower = redis.call('LINDEX', order, 0)
  if not follower then return end
  local due = tonumber(redis.call('HGET', our.deliveryKey(follower), 'dueAt') or our.now)
  redis.call('ZADD', our.queueKey(delivery.channel), our.digits(math.max(due, our.now)), follower)
end

function our.removeDelivery(delivery)
  local id = delivery.id
  local channel = delivery.channel
  if delivery.group or delivery.ordered ~= '1' then
    for place = 1, tonumber(delivery.places) do
      local alertId = delivery['i' .. place]
      if alertId then redis.call('SREM', our.ofKey(alertId), id) end
    end
  end
  redis.call('DEL', our.deliveryKey(id))
  redis.call('ZREM', our.queueKey(channel), id)
  redis.call('ZREM', our.pendingKey(channel), id)
  if redis.call('EXISTS', our.pendingKey(channel)) == 0 then redis.call('SREM', our.channelsKey, channel) end
  our.leaveStream(delivery)
end

-- Closes the gaps that an erasure left, before the places are handed out anew.
function our.closeGaps(delivery)
  if delivery.gaps ~= '1' then return end
  local key = our.deliveryKey(delivery.id)
  local filled = 0
  for place = 1, tonumber(delivery.places) do
    local text, alertId, episode = delivery[tostring(place)], delivery['i' .. place], delivery['e' .. place]
    if alertId then
      filled = filled + 1
      delivery[tostring(filled)], delivery['i' .. filled], delivery['e' .. filled] = text, alertId, episode
      redis.call('HSET', key, filled, text, 'i' .. filled, alertId, 'e' .. filled, episode)
    end
  end
  for place = filled + 1, tonumber(delivery.places) do
    redis.call('HDEL', key, place, 'i' .. place, 'e' .. place)
  end
  delivery.places = tostring(filled)
  redis.call('HSET', key, 'places', filled, 'gaps', 0)
end

function our.claimedNotification(delivery, place)
  local status, episode, level = our.summary(delivery['i' .. place])
  local current = 'null'
  if status then
    current = '{"status":"' .. status .. '","episode":' .. episode .. ',"escalationLevel":' .. level .. '}'
  end
  return string.sub(delivery[tostring(place)], 1, -2) .. ',"current":' .. current .. '}'
end

-- Leases one delivery and gives it as text.
function our.leaseDelivery(delivery, leaseMillis)
  our.closeGaps(delivery)
  local attempts = tonumber(delivery.attempts) + 1
  local untilTime = our.digits(our.now + leaseMillis)
  our.leases = our.leases + 1
  local token = our.seed .. '-' .. our.leases
  redis.call('HSET', our.deliveryKey(delivery.id), 'attempts', attempts, 'claimed', 1, 'lease', token)
  redis.call('ZADD', our.queueKey(delivery.channel), untilTime, delivery.id)
  local notifications = {}
  for place = 1, tonumber(delivery.places) do
    notifications[place] = our.claimedNotification(delivery, place)
  end
  return table.concat({
    '{"id":', our.quote(delivery.id), ',"channel":', our.quote(delivery.channel),
    ',"group":', our.quoteOrNull(delivery.group), ',"attempt":', our.digits(attempts),
    ',"heldBack":', delivery.heldBack == '1' and 'true' or 'false',
    ',"createdAt":', our.digits(tonumber(delivery.createdAt) - our.skew), ',"lease":', our.quote(token),
    ',"notifications":[', table.concat(notifications, ','), ']}',
  })
end

function our.laneTimes(channel)
  local times = redis.call('HMGET', our.laneKey(channel), 'pausedUntil', 'nextAt')
  return tonumber(times[1] or 0), tonumber(times[2] or 0)
end

-- The claimed deliveries as texts, and when to look again.
function our.claimDeliveries(command)
  local channel = command.channel
  local rate = our.optional(command.rate)
  local queue = our.queueKey(channel)
  local pausedUntil, nextAt = our.laneTimes(channel)
  local claimed = {}
  while #claimed < command.limit and our.now >= pausedUntil do
    if rate and our.now < nextAt then break end
    local want = rate and 1 or command.limit - #claimed
    local ids = redis.call('ZRANGEBYSCORE', queue, '-inf', our.digits(our.now), 'LIMIT', 0, want)
    if #ids == 0 then break end
    for index = 1, #ids do
      local delivery = our.loadDelivery(ids[index])
      if delivery then
        if rate then nextAt = our.now + rate.intervalMillis / rate.count end
        claimed[#claimed + 1] = our.leaseDelivery(delivery, command.leaseMillis)
      else
        redis.call('ZREM', queue, ids[index])
      end
    end
  end
  if rate and #claimed > 0 then redis.call('HSET', our.laneKey(channel), 'nextAt', our.digits(nextAt)) end
  local head = redis.call('ZRANGE', queue, 0, 0, 'WITHSCORES')
  if #head == 0 then return claimed, nil end
  return claimed, math.max(tonumber(head[2]), pausedUntil, rate and nextAt or 0)
end

function our.renewLease(id, token, leaseMillis)
  local key = our.deliveryKey(id)
  local known = redis.call('HMGET', key, 'lease', 'channel')
  if known[1] ~= token then return false end
  redis.call('ZADD', our.queueKey(known[2]), our.digits(our.now + leaseMillis), id)
  return true
end

-- What a delivery held back goes on as a delivery of its own, outside the order.
function our.split(delivery, heldBack)
  local rest = our.newDeliveryId()
  local places = 0
  for index = 1, #heldBack.places do
    local place = our.digits(heldBack.places[index] + 1)
    if delivery['i' .. place] then
      places = places + 1
      our.putPlace(rest, places, delivery[place], delivery['i' .. place], delivery['e' .. place])
    end
  end
  if places == 0 then return end
  local due = our.digits(our.now + heldBack.delayMillis)
  local channel = delivery.channel
  redis.call('HSET', our.deliveryKey(rest), 'channel', channel, 'stream', delivery.stream, 'dueAt', due,
    'createdAt', delivery.createdAt, 'attempts', 0, 'claimed', 1, 'heldBack', 1, 'ordered', 0)
  if delivery.group then redis.call('HSET', our.deliveryKey(rest), 'group', delivery.group) end
  redis.call('SADD', our.channelsKey, channel)
  redis.call('ZADD', our.pendingKey(channel), delivery.createdAt, rest)
  redis.call('ZADD', our.queueKey(channel), due, rest)
end

function our.postpone(delivery, outcome)
  local key = our.deliveryKey(delivery.id)
  local event = our.optional(outcome.event)
  if event == nil then
    delivery.attempts = tonumber(delivery.attempts) - 1
    redis.call('HSET', key, 'attempts', delivery.attempts)
  end
  if event == 'suppressed' then redis.call('HSET', key, 'heldBack', 1) end
  if not outcome.hold then
    our.leaveStream(delivery)
    redis.call('HSET', key, 'ordered', 0)
    if not delivery.group then redis.call('SADD', our.ofKey(delivery.i1), delivery.id) end
  end
  redis.call('HDEL', key, 'lease')
  redis.call('ZADD', our.queueKey(delivery.channel), our.digits(our.now + outcome.delayMillis), delivery.id)
end

-- Ends an attempt: false when the lease is not held.
function our.settleDelivery(settlement, cause)
  local delivery = our.heldDelivery(settlement.id, settlement.lease)
  if delivery == nil then return false end
  local channel = delivery.channel
  if settlement.pauseChannelMillis > 0 then
    local pausedUntil = our.laneTimes(channel)
    local untilTime = math.max(pausedUntil, our.now + settlement.pauseChannelMillis)
    redis.call('HSET', our.laneKey(channel), 'pausedUntil', our.digits(untilTime))
  end
  local outcome = settlement.outcome
  local heldBack = outcome.kind == 'delivered' and our.optional(outcome.heldBack) or nil
  local event = outcome.kind
  if outcome.kind == 'later' then
    our.postpone(delivery, outcome)
    event = our.optional(outcome.event)
  else
    our.removeDelivery(delivery)
    if heldBack then our.split(delivery, heldBack) end
  end
  if event == nil then return true end
  local trace = ',"delivery":{"id":' .. our.quote(delivery.id) .. ',"channel":' .. our.quote(channel)
    .. ',"attempt":' .. our.digits(tonumber(delivery.attempts))
    .. ',"durationMillis":' .. our.digits(settlement.durationMillis) .. '}'
  for place = 1, tonumber(delivery.places) do
    local alertId = delivery['i' .. place]
    local status, _, level, severity
    if alertId then status, _, level, severity = our.summary(alertId) end
    if status then
      local what = heldBack and our.has(heldBack.places, place - 1) and 'suppressed' or event
      our.append(alertId, our.entry(
        what, cause, tonumber(delivery['e' .. place]), status, severity, tonumber(level), trace))
    end
  end
  return true
end

-- Forgets what is pending for an alert. Places stay as they are for whoever holds the lease.
function our.eraseDeliveries(alertId)
  local ids = redis.call('SMEMBERS', our.ofKey(alertId))
  for _, channel in ipairs(redis.call('SMEMBERS', our.channelsKey)) do
    local stream = redis.call('LRANGE', our.streamKey(channel, 'a' .. alertId), 0, -1)
    for index = 1, #stream do ids[#ids + 1] = stream[index] end
  end
  for _, id in ipairs(ids) do
    local delivery = our.loadDelivery(id)
    if delivery then
      local left = 0
      for place = 1, tonumber(delivery.places) do
        local owner = delivery['i' .. place]
        if owner == alertId then
          redis.call('HDEL', our.deliveryKey(id), place, 'i' .. place, 'e' .. place)
        elseif owner then
          left = left + 1
        end
      end
      if left == 0 then our.removeDelivery(delivery)
      else redis.call('HSET', our.deliveryKey(id), 'gaps', 1) end
    end
  end
  redis.call('DEL', our.ofKey(alertId))
end
`;
