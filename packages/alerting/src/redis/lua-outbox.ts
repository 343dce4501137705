import { maxGroupSize } from '../notification.js';

/**
 * The outbox: the rules of `AlertStore.claim`.
 *
 * `delivery:<id>` is a hash: what is known of the delivery, and for each place `n` of a notification
 * `n` (its text), `i<n>` (the alert's id) and `e<n>` (the episode). Per channel, `queue:` orders what
 * may be claimed by when (heads of streams, those out of order, and the leased by the end of their
 * lease), `pending:` holds all by when they were enqueued; `stream:` is the order of one stream.
 * `of:<alert id>` names the deliveries of an alert.
 */
export const luaOutbox = `
local channelsKey = base .. ':channels'
local maxGroupSize = ${maxGroupSize}
local touched = {}
local leases = 0

local function laneKey(channel) return base .. ':lane:' .. channel end
local function queueKey(channel) return base .. ':queue:' .. channel end
local function pendingKey(channel) return base .. ':pending:' .. channel end
local function deliveryKey(id) return base .. ':delivery:' .. id end
local function ofKey(alertId) return base .. ':of:' .. alertId end

local function streamKey(channel, stream)
  return base .. ':stream:' .. #channel .. ':' .. channel .. ':' .. stream
end

-- Unique for ever because of the caller's random seed; the number in front keeps ties in order.
local function newDeliveryId()
  return string.format('%012.0f-%s', nextNumber(), seed)
end

local function putPlace(id, place, text, alertId, episode)
  local key = deliveryKey(id)
  call('HSET', key, place, text, 'i' .. place, alertId, 'e' .. place, episode, 'places', place)
  call('SADD', ofKey(alertId), id)
end

-- Enqueues for one channel; false when its outbox is full.
local function enqueue(channel, state, text, waitMillis)
  local group = state.group
  local stream = group and ('g' .. group) or ('a' .. state.id)
  local order = streamKey(channel, stream)
  if group then
    local tail = call('LINDEX', order, -1)
    if tail then
      local known = call('HMGET', deliveryKey(tail), 'places', 'claimed')
      local places = tonumber(known[1] or maxGroupSize)
      if known[2] ~= '1' and places < maxGroupSize then
        putPlace(tail, places + 1, text, state.id, digits(state.episode))
        return true
      end
    end
  end
  local pending = call('ZCARD', pendingKey(channel))
  if pending >= maxPending then return false end
  local id = newDeliveryId()
  local due = group and now + waitMillis or now
  call('HSET', deliveryKey(id), 'channel', channel, 'stream', stream, 'createdAt', digits(now),
    'dueAt', digits(due), 'attempts', 0, 'ordered', 1)
  if group then call('HSET', deliveryKey(id), 'group', group) end
  putPlace(id, 1, text, state.id, digits(state.episode))
  if pending == 0 then call('SADD', channelsKey, channel) end
  call('ZADD', pendingKey(channel), digits(now), id)
  if call('RPUSH', order, id) == 1 then call('ZADD', queueKey(channel), digits(due), id) end
  return true
end

local function loadDelivery(id)
  local fields = call('HGETALL', deliveryKey(id))
  if #fields == 0 then return nil end
  local delivery = { id = id }
  for index = 1, #fields, 2 do delivery[fields[index]] = fields[index + 1] end
  return delivery
end

-- The delivery, where this lease is held.
local function heldDelivery(id, lease)
  local known = call('HMGET', deliveryKey(id), 'lease', 'leaseUntil')
  if known[1] ~= lease or tonumber(known[2] or 0) <= now then return nil end
  return loadDelivery(id)
end

-- Takes a delivery out of its stream's order; the one behind a head becomes the head.
local function leaveStream(delivery)
  if delivery.ordered ~= '1' then return end
  delivery.ordered = '0'
  local order = streamKey(delivery.channel, delivery.stream)
  local head = call('LINDEX', order, 0)
  call('LREM', order, 1, delivery.id)
  if head ~= delivery.id then return end
  local follower = call('LINDEX', order, 0)
  if not follower then return end
  local due = tonumber(call('HGET', deliveryKey(follower), 'dueAt') or now)
  call('ZADD', queueKey(delivery.channel), digits(math.max(due, now)), follower)
end

local function removeDelivery(delivery)
  local id = delivery.id
  local channel = delivery.channel
  for place = 1, tonumber(delivery.places) do
    local alertId = delivery['i' .. place]
    if alertId then call('SREM', ofKey(alertId), id) end
  end
  call('DEL', deliveryKey(id))
  call('ZREM', queueKey(channel), id)
  call('ZREM', pendingKey(channel), id)
  if call('EXISTS', pendingKey(channel)) == 0 then call('SREM', channelsKey, channel) end
  leaveStream(delivery)
end

-- Closes the gaps that an erasure left, before the places are handed out anew.
local function closeGaps(delivery)
  if delivery.gaps ~= '1' then return end
  local key = deliveryKey(delivery.id)
  local filled = 0
  for place = 1, tonumber(delivery.places) do
    local text, alertId, episode = delivery[tostring(place)], delivery['i' .. place], delivery['e' .. place]
    if alertId then
      filled = filled + 1
      delivery[tostring(filled)], delivery['i' .. filled], delivery['e' .. filled] = text, alertId, episode
      call('HSET', key, filled, text, 'i' .. filled, alertId, 'e' .. filled, episode)
    end
  end
  for place = filled + 1, tonumber(delivery.places) do
    call('HDEL', key, place, 'i' .. place, 'e' .. place)
  end
  delivery.places = tostring(filled)
  call('HSET', key, 'places', filled, 'gaps', 0)
end

local function claimedNotification(delivery, place)
  local status, episode, level = summary(delivery['i' .. place])
  local current = 'null'
  if status then
    current = '{"status":"' .. status .. '","episode":' .. episode .. ',"escalationLevel":' .. level .. '}'
  end
  return string.sub(delivery[tostring(place)], 1, -2) .. ',"current":' .. current .. '}'
end

-- Leases one delivery and gives it as text.
local function lease(delivery, leaseMillis)
  closeGaps(delivery)
  local attempts = tonumber(delivery.attempts) + 1
  local untilTime = digits(now + leaseMillis)
  leases = leases + 1
  local token = seed .. '-' .. leases
  call('HSET', deliveryKey(delivery.id), 'attempts', attempts, 'claimed', 1, 'lease', token,
    'leaseUntil', untilTime)
  call('ZADD', queueKey(delivery.channel), untilTime, delivery.id)
  local notifications = {}
  for place = 1, tonumber(delivery.places) do
    notifications[place] = claimedNotification(delivery, place)
  end
  return table.concat({
    '{"id":', quote(delivery.id), ',"channel":', quote(delivery.channel),
    ',"group":', quoteOrNull(delivery.group), ',"attempt":', digits(attempts),
    ',"heldBack":', delivery.heldBack == '1' and 'true' or 'false',
    ',"createdAt":', digits(tonumber(delivery.createdAt) - skew), ',"lease":', quote(token),
    ',"notifications":[', table.concat(notifications, ','), ']}',
  })
end

local function laneTimes(channel)
  local times = call('HMGET', laneKey(channel), 'pausedUntil', 'nextAt')
  return tonumber(times[1] or 0), tonumber(times[2] or 0)
end

-- The claimed deliveries as texts, and when to look again.
local function claimDeliveries(command)
  local channel = command.channel
  local rate = optional(command.rate)
  local queue = queueKey(channel)
  local pausedUntil, nextAt = laneTimes(channel)
  local claimed = {}
  while #claimed < command.limit and now >= pausedUntil do
    if rate and now < nextAt then break end
    local want = rate and 1 or command.limit - #claimed
    local ids = call('ZRANGEBYSCORE', queue, '-inf', digits(now), 'LIMIT', 0, want)
    if #ids == 0 then break end
    for index = 1, #ids do
      local delivery = loadDelivery(ids[index])
      if delivery then
        if rate then nextAt = now + rate.intervalMillis / rate.count end
        claimed[#claimed + 1] = lease(delivery, command.leaseMillis)
      else
        call('ZREM', queue, ids[index])
      end
    end
  end
  if rate and #claimed > 0 then call('HSET', laneKey(channel), 'nextAt', digits(nextAt)) end
  local head = call('ZRANGE', queue, 0, 0, 'WITHSCORES')
  if #head == 0 then return claimed, nil end
  return claimed, math.max(tonumber(head[2]), pausedUntil, rate and nextAt or 0)
end

local function renewLease(id, token, leaseMillis)
  local key = deliveryKey(id)
  local known = call('HMGET', key, 'lease', 'leaseUntil', 'channel')
  if known[1] ~= token or tonumber(known[2] or 0) <= now then return false end
  call('HSET', key, 'leaseUntil', digits(now + leaseMillis))
  call('ZADD', queueKey(known[3]), digits(now + leaseMillis), id)
  return true
end

-- What a delivery held back goes on as a delivery of its own, outside the order.
local function split(delivery, heldBack)
  local rest = newDeliveryId()
  local places = 0
  for index = 1, #heldBack.places do
    local place = digits(heldBack.places[index] + 1)
    if delivery['i' .. place] then
      places = places + 1
      putPlace(rest, places, delivery[place], delivery['i' .. place], delivery['e' .. place])
    end
  end
  if places == 0 then return end
  local due = digits(now + heldBack.delayMillis)
  local channel = delivery.channel
  call('HSET', deliveryKey(rest), 'channel', channel, 'stream', delivery.stream, 'dueAt', due,
    'createdAt', delivery.createdAt, 'attempts', 0, 'claimed', 1, 'heldBack', 1, 'ordered', 0)
  if delivery.group then call('HSET', deliveryKey(rest), 'group', delivery.group) end
  call('SADD', channelsKey, channel)
  call('ZADD', pendingKey(channel), delivery.createdAt, rest)
  call('ZADD', queueKey(channel), due, rest)
end

local function postpone(delivery, outcome)
  local key = deliveryKey(delivery.id)
  local event = optional(outcome.event)
  if event == nil then
    delivery.attempts = tonumber(delivery.attempts) - 1
    call('HSET', key, 'attempts', delivery.attempts)
  end
  if event == 'suppressed' then call('HSET', key, 'heldBack', 1) end
  if not outcome.hold then
    leaveStream(delivery)
    call('HSET', key, 'ordered', 0)
  end
  call('HDEL', key, 'lease', 'leaseUntil')
  call('ZADD', queueKey(delivery.channel), digits(now + outcome.delayMillis), delivery.id)
end

-- Ends an attempt: false when the lease is not held.
local function settleDelivery(settlement, cause)
  local delivery = heldDelivery(settlement.id, settlement.lease)
  if delivery == nil then return false end
  local channel = delivery.channel
  if settlement.pauseChannelMillis > 0 then
    local pausedUntil = laneTimes(channel)
    local untilTime = math.max(pausedUntil, now + settlement.pauseChannelMillis)
    call('HSET', laneKey(channel), 'pausedUntil', digits(untilTime))
  end
  local outcome = settlement.outcome
  local heldBack = outcome.kind == 'delivered' and optional(outcome.heldBack) or nil
  local event = outcome.kind
  if outcome.kind == 'later' then
    postpone(delivery, outcome)
    event = optional(outcome.event)
  else
    removeDelivery(delivery)
    if heldBack then split(delivery, heldBack) end
  end
  if event == nil then return true end
  local trace = ',"delivery":{"id":' .. quote(delivery.id) .. ',"channel":' .. quote(channel)
    .. ',"attempt":' .. digits(tonumber(delivery.attempts))
    .. ',"durationMillis":' .. digits(settlement.durationMillis) .. '}'
  for place = 1, tonumber(delivery.places) do
    local alertId = delivery['i' .. place]
    local status, _, level, severity
    if alertId then status, _, level, severity = summary(alertId) end
    if status then
      local what = heldBack and has(heldBack.places, place - 1) and 'suppressed' or event
      append(alertId, entry(
        what, cause, tonumber(delivery['e' .. place]), status, severity, tonumber(level), trace))
    end
  end
  return true
end

-- Forgets what is pending for an alert. Places stay as they are for whoever holds the lease.
local function eraseDeliveries(alertId)
  for _, id in ipairs(call('SMEMBERS', ofKey(alertId))) do
    local delivery = loadDelivery(id)
    if delivery then
      local left = 0
      for place = 1, tonumber(delivery.places) do
        local owner = delivery['i' .. place]
        if owner == alertId then
          call('HDEL', deliveryKey(id), place, 'i' .. place, 'e' .. place)
        elseif owner then
          left = left + 1
        end
      end
      if left == 0 then removeDelivery(delivery)
      else call('HSET', deliveryKey(id), 'gaps', 1) end
    end
  end
  call('DEL', ofKey(alertId))
end
`;
