/** The methods of `AlertStore`, each one atomic step; each answers with one JSON text. */
export const luaMethods = `
function our.list(texts)
  if #texts == 0 then return '[]' end
  return cjson.encode(texts)
end

function our.bool(value)
  return value and 'true' or 'false'
end

function our.full(problem)
  return '{"full":' .. our.quote(problem) .. '}'
end

-- The state of an alert that was never raised, or nil when there is no room for it.
function our.newState(command)
  if redis.call('HLEN', our.alertsKey) >= our.maxAlerts then
    local longest = redis.call('ZRANGE', our.resolvedKey, 0, 0)[1]
    if not longest then return nil end
    local resolved = our.load(longest)
    our.endSilencesOf(longest, math.huge)
    our.forget(longest, resolved and resolved.labels or '{}')
    redis.call('HINCRBY', our.meta, 'evicted', 1)
  end
  our.newId = command.id
  return {
    id = command.id, key = command.key, status = 'resolved', episode = 0, escalationLevel = 0,
    occurrences = 0, recent = {}, openings = {}, recentIds = {}, calls = {}, reached = {}, notified = {},
  }
end

-- Puts an alert where its state belongs: among the active or the resolved, and at its next timer.
function our.store(state)
  local due
  if state.status == 'resolved' then
    redis.call('ZREM', our.activeKey, state.id)
    state.opening = nil
    redis.call('ZADD', our.resolvedKey, our.nextNumber(), state.id)
    due = state.resolvedAt + our.retentionMillis
  else
    if state.opening == nil then
      state.opening = our.nextNumber()
      redis.call('ZADD', our.activeKey, state.opening, state.id)
      if state.episode > 1 then redis.call('ZREM', our.resolvedKey, state.id) end
    end
    due = our.alertDueAt(state)
  end
  if due ~= state.due then
    if due then redis.call('ZADD', our.dueKey, our.digits(due), 'a' .. state.id)
    else redis.call('ZREM', our.dueKey, 'a' .. state.id) end
    state.due = due
  end
  our.save(state)
end

function our.raise(command)
  local state = our.load(command.id) or our.newState(command)
  if state == nil then return nil end
  local opened, escalated, duplicate = our.raiseAlert(state, command)
  if not duplicate then our.store(state) end
  return state, opened, escalated, duplicate
end

function our.raiseArguments(first)
  local command = cjson.decode(ARGV[first])
  command.labels = ARGV[first + 1]
  command.annotations = ARGV[first + 2]
  command.source = ARGV[first + 3]
  command.plan = ARGV[first + 4]
  return command
end

function methods.raise()
  our.beginWriting()
  local state, opened, escalated, duplicate = our.raise(our.raiseArguments(9))
  if state == nil then return our.full('no room: ' .. our.digits(our.maxAlerts) .. ' alerts are active (maxAlerts)') end
  return table.concat({
    '{"alert":', our.publicAlert(state), ',"opened":', our.bool(opened), ',"escalated":', our.bool(escalated),
    ',"duplicate":', our.bool(duplicate),
    ',"recent":', our.digits(our.occurrencesWithin(state, our.planOf(state).keepWindowMillis)),
    ',"channels":', our.list(our.touched), ',"nextDueInMillis":', our.dueIn(our.alertDueAt(state)), '}',
  })
end

function methods.change()
  our.beginWriting()
  local state = our.load(ARGV[9])
  if state == nil then return '{"changed":false,"alert":null,"channels":[],"nextDueInMillis":null}' end
  local changed = our.changeAlert(state, cjson.decode(ARGV[10]), ARGV[11])
  if changed then our.store(state) end
  return table.concat({
    '{"changed":', our.bool(changed), ',"alert":', our.publicAlert(state),
    ',"channels":', our.list(our.touched), ',"nextDueInMillis":', our.dueIn(our.alertDueAt(state)), '}',
  })
end

function our.fire(id)
  redis.call('ZREM', our.dueKey, 'w' .. id)
  local raw = redis.call('HGET', our.watchesKey, id)
  if not raw then return end
  local watch = cjson.decode(raw)
  watch.fired = true
  redis.call('HSET', our.watchesKey, id, cjson.encode(watch))
  if our.raise(watch.command) == nil then redis.call('HINCRBY', our.meta, 'dropped', 1) end
end

function our.advance(member)
  local id = string.sub(member, 2)
  if string.sub(member, 1, 1) == 'w' then return our.fire(id) end
  local state = our.load(id)
  if state == nil then
    redis.call('ZREM', our.dueKey, member)
  elseif state.status == 'resolved' then
    our.endSilencesOf(id, math.huge)
    our.forget(id, state.labels)
  else
    our.advanceAlert(state)
    our.store(state)
  end
end

function methods.advance()
  our.beginWriting()
  our.pruneSilences()
  local due = redis.call('ZRANGEBYSCORE', our.dueKey, '-inf', our.digits(our.now), 'LIMIT', 0, tonumber(ARGV[9]))
  for index = 1, #due do our.advance(due[index]) end
  local head = redis.call('ZRANGE', our.dueKey, 0, 0, 'WITHSCORES')
  return '{"advanced":' .. #due .. ',"channels":' .. our.list(our.touched)
    .. ',"nextDueInMillis":' .. our.dueIn(head[2] and tonumber(head[2])) .. '}'
end

function methods.watch()
  our.beginWriting()
  local command = our.raiseArguments(10)
  local known = redis.call('HGET', our.watchesKey, command.id)
  if not known and redis.call('HLEN', our.watchesKey) >= our.maxAlerts then
    return our.full('no room for more than ' .. our.digits(our.maxAlerts) .. ' watches (maxAlerts)')
  end
  local fired = known and cjson.decode(known).fired
  for _, name in ipairs({ 'group', 'escalatedType', 'startsAt', 'occurrenceId' }) do
    command[name] = our.optional(command[name])
  end
  redis.call('HSET', our.watchesKey, command.id, cjson.encode({ fired = false, command = command }))
  redis.call('ZADD', our.dueKey, our.digits(our.now + tonumber(ARGV[9])), 'w' .. command.id)
  return '{"fired":' .. our.bool(fired) .. '}'
end

function our.unwatch(id)
  redis.call('ZREM', our.dueKey, 'w' .. id)
  return redis.call('HDEL', our.watchesKey, id) == 1
end

function methods.unwatch()
  our.beginWriting()
  return our.bool(our.unwatch(ARGV[9]))
end

function methods.claim()
  our.beginWriting()
  local command = cjson.decode(ARGV[9])
  local deliveries, due = our.claimDeliveries(command)
  local version = redis.call('HGET', our.meta, 'silencesVersion') or 'none'
  local silences = 'null'
  if our.optional(command.silencesVersion) ~= version then silences = our.silencesText() end
  return table.concat({
    '{"deliveries":[', table.concat(deliveries, ','), '],"now":', our.digits(our.wall),
    ',"nextDueInMillis":', our.dueIn(due), ',"silencesVersion":', our.quote(version),
    ',"silences":', silences, '}',
  })
end

function methods.renew()
  our.beginWriting()
  local lost = {}
  for index = 10, #ARGV, 2 do
    if not our.renewLease(ARGV[index], ARGV[index + 1], tonumber(ARGV[9])) then
      lost[#lost + 1] = ARGV[index]
    end
  end
  return our.list(lost)
end

function methods.settle()
  our.beginWriting()
  return our.bool(our.settleDelivery(cjson.decode(ARGV[9]), ARGV[10]))
end

function methods.get()
  our.readClock()
  local raw = redis.call('HGET', our.alertsKey, ARGV[9])
  return '{"skew":' .. our.digits(our.skew) .. ',"state":' .. our.stateText(raw) .. '}'
end

function methods.active()
  our.readClock()
  local below = ARGV[10] == '' and '+inf' or '(' .. ARGV[10]
  local found = redis.call('ZREVRANGEBYSCORE', our.activeKey, below, '-inf', 'WITHSCORES',
    'LIMIT', 0, tonumber(ARGV[9]))
  local ids, numbers, states = {}, {}, {}
  for index = 1, #found, 2 do
    ids[#ids + 1] = found[index]
    numbers[#numbers + 1] = found[index + 1]
  end
  if #ids > 0 then
    local raws = redis.call('HMGET', our.alertsKey, unpack(ids))
    for index = 1, #ids do states[index] = our.stateText(raws[index]) end
  end
  return '{"skew":' .. our.digits(our.skew) .. ',"numbers":[' .. table.concat(numbers, ',')
    .. '],"states":[' .. table.concat(states, ',') .. ']}'
end

function methods.history()
  our.readClock()
  local key = our.historyKey(ARGV[9])
  local limit = tonumber(ARGV[10])
  local head = redis.call('LINDEX', key, 0)
  if not head then return '{"items":[],"cursor":null}' end
  local latest = tonumber(string.match(head, '^%d+'))
  local from = ARGV[11] == '' and latest or math.min(latest, tonumber(ARGV[11]) - 1)
  local start = latest - from
  local lines = redis.call('LRANGE', key, start, start + limit - 1)
  local items, last = {}, nil
  for index = 1, #lines do
    last, items[index] = string.match(lines[index], '^(%d+)|(.*)$')
  end
  local more = #lines > 0 and redis.call('LLEN', key) > start + #lines
  return '{"items":[' .. table.concat(items, ',') .. '],"cursor":'
    .. (more and our.quote(last) or 'null') .. '}'
end

function methods.occurrences()
  our.readClock()
  local state = our.load(ARGV[9])
  if state == nil then return '0' end
  return our.digits(our.occurrencesWithin(state, tonumber(ARGV[10])))
end

function methods.silence()
  our.beginWriting()
  local raw = our.addSilence(ARGV[9], ARGV[10], tonumber(ARGV[11]), tonumber(ARGV[12]))
  return raw or our.full('no room: there are ' .. our.digits(our.maxSilences) .. ' silences (maxSilences)')
end

function methods.unsilence()
  our.beginWriting()
  return our.bool(our.removeSilence(ARGV[9]))
end

function methods.silences()
  our.readClock()
  return '{"now":' .. our.digits(our.wall) .. ',"silences":' .. our.silencesText() .. '}'
end

function our.belongs(labels, wanted)
  local decoded = cjson.decode(labels)
  for label, value in pairs(wanted) do
    if decoded[label] ~= value then return false end
  end
  return true
end

function our.eraseAlert(id, wanted)
  local state = our.load(id)
  if state == nil or not our.belongs(state.labels, wanted) then return 0 end
  our.eraseDeliveries(id)
  our.endSilencesOf(id, nil)
  our.forget(id, state.labels)
  return 1
end

-- One portion: of the alerts from one cursor on, of the watches from another. -1: done.
function methods.erase()
  our.beginWriting()
  local wanted = cjson.decode(ARGV[9])
  local erased, nextAlert, nextWatch = 0, '-1', '-1'
  if ARGV[10] ~= '-1' then
    local set
    for _, label in ipairs(our.identityLabels) do
      if set == nil and wanted[label] then set = our.indexKey(label, wanted[label]) end
    end
    local step = set and 1 or 2
    local scanned = set and redis.call('SSCAN', set, ARGV[10], 'COUNT', 250)
      or redis.call('HSCAN', our.alertsKey, ARGV[10], 'COUNT', 250)
    for index = 1, #scanned[2], step do erased = erased + our.eraseAlert(scanned[2][index], wanted) end
    nextAlert = scanned[1] == '0' and '-1' or scanned[1]
  end
  if ARGV[11] ~= '-1' then
    local scanned = redis.call('HSCAN', our.watchesKey, ARGV[11], 'COUNT', 250)
    for index = 1, #scanned[2], 2 do
      local watch = cjson.decode(scanned[2][index + 1])
      if our.belongs(watch.command.labels, wanted) then our.unwatch(scanned[2][index]) end
    end
    nextWatch = scanned[1] == '0' and '-1' or scanned[1]
  end
  return '{"erased":' .. erased .. ',"nextAlert":' .. our.quote(nextAlert) .. ',"nextWatch":' .. our.quote(nextWatch) .. '}'
end

function methods.stats()
  our.readClock()
  local counts = redis.call('HMGET', our.meta, 'dropped', 'evicted')
  local pending, oldest = {}, our.now
  for _, channel in ipairs(redis.call('SMEMBERS', our.channelsKey)) do
    local first = redis.call('ZRANGE', our.pendingKey(channel), 0, 0, 'WITHSCORES')
    if first[2] then
      oldest = math.min(oldest, tonumber(first[2]))
      pending[#pending + 1] = our.quote(channel) .. ':' .. redis.call('ZCARD', our.pendingKey(channel))
    end
  end
  local silences = redis.call('HLEN', our.silencesKey) - redis.call('ZCOUNT', our.endsKey, '-inf', our.digits(our.wall))
  return table.concat({
    '{"active":', redis.call('ZCARD', our.activeKey), ',"alerts":', redis.call('HLEN', our.alertsKey),
    ',"silences":', silences, ',"pending":{', table.concat(pending, ','),
    '},"oldestPendingMillis":', our.digits(our.now - oldest),
    ',"dropped":', counts[1] or '0', ',"evicted":', counts[2] or '0', '}',
  })
end
`;
