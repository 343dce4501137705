/** The methods of `AlertStore`, each one atomic step; each answers with one JSON text. */
export const luaMethods = `
local function list(texts)
  if #texts == 0 then return '[]' end
  return cjson.encode(texts)
end

local function bool(value)
  return value and 'true' or 'false'
end

local function full(problem)
  return '{"full":' .. quote(problem) .. '}'
end

-- The state of an alert that was never raised, or nil when there is no room for it.
local function newState(command)
  if call('HLEN', alertsKey) >= maxAlerts then
    local longest = call('ZRANGE', resolvedKey, 0, 0)[1]
    if not longest then return nil end
    local resolved = load(longest)
    endSilencesOf(longest, math.huge)
    forget(longest, resolved and resolved.labels or '{}')
    call('HINCRBY', meta, 'evicted', 1)
  end
  return {
    id = command.id, key = command.key, status = 'resolved', episode = 0, escalationLevel = 0,
    occurrences = 0, recent = {}, recentIds = {}, reached = {}, notified = {},
  }
end

-- Puts an alert where its state belongs: among the active or the resolved, and at its next timer.
local function place(state)
  local due
  if state.status == 'resolved' then
    call('ZREM', activeKey, state.id)
    state.opening = nil
    call('ZADD', resolvedKey, nextNumber(), state.id)
    due = state.resolvedAt + retentionMillis
  else
    if state.opening == nil then
      state.opening = nextNumber()
      call('ZADD', activeKey, state.opening, state.id)
      if state.episode > 1 then call('ZREM', resolvedKey, state.id) end
    end
    due = alertDueAt(state)
  end
  if due ~= state.due then
    if due then call('ZADD', dueKey, digits(due), 'a' .. state.id)
    else call('ZREM', dueKey, 'a' .. state.id) end
    state.due = due
  end
  save(state)
end

local function raise(command)
  local state = load(command.id) or newState(command)
  if state == nil then return nil end
  local opened, escalated, duplicate = raiseAlert(state, command)
  if not duplicate then place(state) end
  return state, opened, escalated, duplicate
end

local function raiseArguments(first)
  local command = cjson.decode(ARGV[first])
  command.labels = ARGV[first + 1]
  command.annotations = ARGV[first + 2]
  command.source = ARGV[first + 3]
  command.plan = ARGV[first + 4]
  return command
end

local methods = {}

function methods.raise()
  beginWriting()
  local state, opened, escalated, duplicate = raise(raiseArguments(9))
  if state == nil then return full('no room: ' .. digits(maxAlerts) .. ' alerts are active (maxAlerts)') end
  return table.concat({
    '{"alert":', publicAlert(state), ',"opened":', bool(opened), ',"escalated":', bool(escalated),
    ',"duplicate":', bool(duplicate),
    ',"recent":', digits(occurrencesWithin(state, planOf(state).keepWindowMillis)),
    ',"channels":', list(touched), ',"nextDueInMillis":', dueIn(alertDueAt(state)), '}',
  })
end

function methods.change()
  beginWriting()
  local state = load(ARGV[9])
  if state == nil then return '{"changed":false,"alert":null,"channels":[],"nextDueInMillis":null}' end
  local changed = changeAlert(state, cjson.decode(ARGV[10]), ARGV[11])
  if changed then place(state) end
  return table.concat({
    '{"changed":', bool(changed), ',"alert":', publicAlert(state),
    ',"channels":', list(touched), ',"nextDueInMillis":', dueIn(alertDueAt(state)), '}',
  })
end

local function fire(id)
  call('ZREM', dueKey, 'w' .. id)
  local raw = call('HGET', watchesKey, id)
  if not raw then return end
  local watch = cjson.decode(raw)
  watch.fired = true
  call('HSET', watchesKey, id, cjson.encode(watch))
  if raise(watch.command) == nil then call('HINCRBY', meta, 'dropped', 1) end
end

local function advance(member)
  local id = string.sub(member, 2)
  if string.sub(member, 1, 1) == 'w' then return fire(id) end
  local state = load(id)
  if state == nil then
    call('ZREM', dueKey, member)
  elseif state.status == 'resolved' then
    endSilencesOf(id, math.huge)
    forget(id, state.labels)
  else
    advanceAlert(state)
    place(state)
  end
end

function methods.advance()
  beginWriting()
  pruneSilences()
  local due = call('ZRANGEBYSCORE', dueKey, '-inf', digits(now), 'LIMIT', 0, tonumber(ARGV[9]))
  for index = 1, #due do advance(due[index]) end
  local head = call('ZRANGE', dueKey, 0, 0, 'WITHSCORES')
  return '{"advanced":' .. #due .. ',"channels":' .. list(touched)
    .. ',"nextDueInMillis":' .. dueIn(head[2] and tonumber(head[2])) .. '}'
end

function methods.watch()
  beginWriting()
  local command = raiseArguments(10)
  local known = call('HGET', watchesKey, command.id)
  if not known and call('HLEN', watchesKey) >= maxAlerts then
    return full('no room for more than ' .. digits(maxAlerts) .. ' watches (maxAlerts)')
  end
  local fired = known and cjson.decode(known).fired
  for _, name in ipairs({ 'group', 'escalatedType', 'startsAt', 'occurrenceId' }) do
    command[name] = optional(command[name])
  end
  call('HSET', watchesKey, command.id, cjson.encode({ fired = false, command = command }))
  call('ZADD', dueKey, digits(now + tonumber(ARGV[9])), 'w' .. command.id)
  return '{"fired":' .. bool(fired) .. '}'
end

local function unwatch(id)
  call('ZREM', dueKey, 'w' .. id)
  return call('HDEL', watchesKey, id) == 1
end

function methods.unwatch()
  beginWriting()
  return bool(unwatch(ARGV[9]))
end

function methods.claim()
  beginWriting()
  local command = cjson.decode(ARGV[9])
  local deliveries, due = claimDeliveries(command)
  local version = call('HGET', meta, 'silencesVersion') or 'none'
  local silences = 'null'
  if optional(command.silencesVersion) ~= version then silences = silencesText() end
  return table.concat({
    '{"deliveries":[', table.concat(deliveries, ','), '],"now":', digits(wall),
    ',"nextDueInMillis":', dueIn(due), ',"silencesVersion":', quote(version),
    ',"silences":', silences, '}',
  })
end

function methods.renew()
  beginWriting()
  local lost = {}
  for index = 10, #ARGV, 2 do
    if not renewLease(ARGV[index], ARGV[index + 1], tonumber(ARGV[9])) then
      lost[#lost + 1] = ARGV[index]
    end
  end
  return list(lost)
end

function methods.settle()
  beginWriting()
  return bool(settleDelivery(cjson.decode(ARGV[9]), ARGV[10]))
end

function methods.get()
  readClock()
  local raw = call('HGET', alertsKey, ARGV[9])
  return '{"skew":' .. digits(skew) .. ',"state":' .. (raw and stateText(raw) or 'null') .. '}'
end

function methods.active()
  readClock()
  local below = ARGV[10] == '' and '+inf' or '(' .. ARGV[10]
  local found = call('ZREVRANGEBYSCORE', activeKey, below, '-inf', 'WITHSCORES',
    'LIMIT', 0, tonumber(ARGV[9]))
  local ids, numbers, states = {}, {}, {}
  for index = 1, #found, 2 do
    ids[#ids + 1] = found[index]
    numbers[#numbers + 1] = found[index + 1]
  end
  if #ids > 0 then
    local raws = call('HMGET', alertsKey, unpack(ids))
    for index = 1, #ids do states[index] = raws[index] and stateText(raws[index]) or 'null' end
  end
  return '{"skew":' .. digits(skew) .. ',"numbers":[' .. table.concat(numbers, ',')
    .. '],"states":[' .. table.concat(states, ',') .. ']}'
end

function methods.history()
  readClock()
  local key = historyKey(ARGV[9])
  local limit = tonumber(ARGV[10])
  local head = call('LINDEX', key, 0)
  if not head then return '{"items":[],"cursor":null}' end
  local latest = tonumber(string.match(head, '^%d+'))
  local from = ARGV[11] == '' and latest or math.min(latest, tonumber(ARGV[11]) - 1)
  local start = latest - from
  local lines = call('LRANGE', key, start, start + limit - 1)
  local items, last = {}, nil
  for index = 1, #lines do
    last, items[index] = string.match(lines[index], '^(%d+)|(.*)$')
  end
  local more = #lines > 0 and call('LLEN', key) > start + #lines
  return '{"items":[' .. table.concat(items, ',') .. '],"cursor":'
    .. (more and quote(last) or 'null') .. '}'
end

function methods.occurrences()
  readClock()
  local state = load(ARGV[9])
  if state == nil then return '0' end
  return digits(occurrencesWithin(state, tonumber(ARGV[10])))
end

function methods.silence()
  beginWriting()
  local raw = addSilence(ARGV[9], ARGV[10], tonumber(ARGV[11]), tonumber(ARGV[12]))
  return raw or full('no room: there are ' .. digits(maxSilences) .. ' silences (maxSilences)')
end

function methods.unsilence()
  beginWriting()
  return bool(removeSilence(ARGV[9]))
end

function methods.silences()
  readClock()
  return '{"now":' .. digits(wall) .. ',"silences":' .. silencesText() .. '}'
end

local function belongs(labels, wanted)
  local decoded = cjson.decode(labels)
  for label, value in pairs(wanted) do
    if decoded[label] ~= value then return false end
  end
  return true
end

local function eraseAlert(id, wanted)
  local state = load(id)
  if state == nil or not belongs(state.labels, wanted) then return 0 end
  eraseDeliveries(id)
  endSilencesOf(id, nil)
  forget(id, state.labels)
  return 1
end

-- One portion: of the alerts from one cursor on, of the watches from another. -1: done.
function methods.erase()
  beginWriting()
  local wanted = cjson.decode(ARGV[9])
  local erased, nextAlert, nextWatch = 0, '-1', '-1'
  if ARGV[10] ~= '-1' then
    local set
    for _, label in ipairs(identityLabels) do
      if set == nil and wanted[label] then set = indexKey(label, wanted[label]) end
    end
    local step = set and 1 or 2
    local scanned = set and call('SSCAN', set, ARGV[10], 'COUNT', 250)
      or call('HSCAN', alertsKey, ARGV[10], 'COUNT', 250)
    for index = 1, #scanned[2], step do erased = erased + eraseAlert(scanned[2][index], wanted) end
    nextAlert = scanned[1] == '0' and '-1' or scanned[1]
  end
  if ARGV[11] ~= '-1' then
    local scanned = call('HSCAN', watchesKey, ARGV[11], 'COUNT', 250)
    for index = 1, #scanned[2], 2 do
      local watch = cjson.decode(scanned[2][index + 1])
      if belongs(watch.command.labels, wanted) then unwatch(scanned[2][index]) end
    end
    nextWatch = scanned[1] == '0' and '-1' or scanned[1]
  end
  return '{"erased":' .. erased .. ',"nextAlert":' .. quote(nextAlert) .. ',"nextWatch":' .. quote(nextWatch) .. '}'
end

function methods.stats()
  readClock()
  local counts = call('HMGET', meta, 'dropped', 'evicted')
  local pending, oldest = {}, now
  for _, channel in ipairs(call('SMEMBERS', channelsKey)) do
    local first = call('ZRANGE', pendingKey(channel), 0, 0, 'WITHSCORES')
    if first[2] then
      oldest = math.min(oldest, tonumber(first[2]))
      pending[#pending + 1] = quote(channel) .. ':' .. call('ZCARD', pendingKey(channel))
    end
  end
  local silences = call('HLEN', silencesKey) - call('ZCOUNT', endsKey, '-inf', digits(wall))
  return table.concat({
    '{"active":', call('ZCARD', activeKey), ',"alerts":', call('HLEN', alertsKey),
    ',"silences":', silences, ',"pending":{', table.concat(pending, ','),
    '},"oldestPendingMillis":', digits(now - oldest),
    ',"dropped":', counts[1] or '0', ',"evicted":', counts[2] or '0', '}',
  })
end

return methods[method]()
`;
