import { maxRecentIds } from '../alert.js';

/** `lifecycle.ts` in Lua, function by function; the random histories of the conformance suite compare them. */
export const luaLifecycle = `
our.ranks = { low = 1, medium = 2, high = 3, critical = 4 }
our.maxRecentIds = ${maxRecentIds}
our.raiseCause = '{"kind":"raise"}'
our.clearCause = '{"kind":"clear"}'

function our.noted(kind, note)
  return '{"kind":"' .. kind .. '","note":' .. our.quote(note) .. '}'
end

function our.notify(state, kind, channels, step, cause)
  if #channels == 0 then return end
  for index = 1, #channels do
    if not our.has(state.notified, channels[index]) then
      state.notified[#state.notified + 1] = channels[index]
    end
  end
  local text = table.concat({
    '{"kind":"', kind, '","at":', our.digits(our.wall), ',"step":', our.quoteOrNull(step),
    ',"cause":', cause, ',"alert":', our.publicAlert(state), '}',
  })
  for index = 1, #channels do
    local channel = channels[index]
    if our.enqueue(channel, state, text, our.planOf(state).groupWaitMillis) then
      if not our.has(our.touched, channel) then our.touched[#our.touched + 1] = channel end
    else
      redis.call('HINCRBY', our.meta, 'dropped', 1)
      our.record(state, 'dropped', our.noted('overflow', 'the outbox of channel ' .. channel .. ' is full'))
    end
  end
end

function our.remind(step, channels, reminder)
  reminder = our.optional(reminder)
  if reminder == nil then return nil end
  local max = our.optional(reminder.max)
  if max == 0 then return nil end
  local every = reminder.everyMillis
  return { at = our.now + every, everyMillis = every, left = max, channels = channels, step = step }
end

function our.adoptPlan(state, command)
  state.plan = command.plan
  state.group = our.optional(command.group)
  state.escalatedType = our.optional(command.escalatedType)
  state.reached = {}
  state.firedAt = our.now
  state.nextTimed = 0
  local plan = our.planOf(state)
  state.reminder = our.remind('initial', plan.channels, plan.reminder)
end

function our.open(state, command)
  state.status = 'firing'
  state.episode = state.episode + 1
  state.escalationLevel = 1
  state.severity = command.severity
  state.type = command.type
  state.startsAt = our.optional(command.startsAt) or our.digits(our.wall)
  state.occurrences = 0
  state.acknowledgedAt = nil
  state.acknowledgedBy = nil
  state.resolvedAt = nil
  state.notified = {}
  our.adoptPlan(state, command)
  local flapping = our.optional(our.planOf(state).flapping)
  local openings = {}
  if flapping then
    openings = our.openingsWithin(state, flapping.windowMillis)
    openings[#openings + 1] = our.now
    while #openings > flapping.count do table.remove(openings, 1) end
  end
  state.openings = openings
  if state.episode > 1 then our.endSilencesOf(state.id, state.episode) end
end

function our.openingsWithin(state, windowMillis)
  local openings = {}
  for index = 1, #state.openings do
    local time = math.min(state.openings[index], our.now)
    if time > our.now - windowMillis then openings[#openings + 1] = time end
  end
  return openings
end

function our.isFlapping(state)
  local flapping = our.optional(our.planOf(state).flapping)
  if not flapping or #state.openings < flapping.count then return false end
  return #our.openingsWithin(state, flapping.windowMillis) >= flapping.count
end

function our.occurrencesWithin(state, windowMillis)
  local count = 0
  for index = 1, #state.recent do
    if math.min(state.recent[index], our.now) > our.now - windowMillis then count = count + 1 end
  end
  return count
end

function our.countOccurrence(state)
  local plan = our.planOf(state)
  local recent = {}
  for index = 1, #state.recent do
    local time = math.min(state.recent[index], our.now)
    if time > our.now - plan.keepWindowMillis then recent[#recent + 1] = time end
  end
  local latest = recent[#recent]
  local reached = {}
  for index = 1, #state.reached do
    local step = plan.recurrence[state.reached[index] + 1]
    if step and latest and latest > our.now - step.windowMillis then
      reached[#reached + 1] = state.reached[index]
    end
  end
  state.reached = reached
  recent[#recent + 1] = our.now
  while #recent > plan.keepOccurrences do table.remove(recent, 1) end
  state.recent = recent
end

function our.reachRecurrence(state)
  local reached = {}
  local recurrence = our.planOf(state).recurrence
  for index = 1, #recurrence do
    local step = recurrence[index]
    if not our.has(state.reached, index - 1) and our.occurrencesWithin(state, step.windowMillis) >= step.count then
      reached[#reached + 1] = step
      state.reached[#state.reached + 1] = index - 1
    end
  end
  return reached
end

function our.escalate(state, step, cause)
  state.escalationLevel = math.max(state.escalationLevel, step.level)
  local severity = our.optional(step.severity)
  if severity and our.ranks[severity] > (our.ranks[state.severity] or 0) then state.severity = severity end
  state.type = our.optional(step.type) or state.escalatedType or state.type
  state.reminder = our.remind(step.name, step.channels, step.reminder)
  our.record(state, 'escalated', cause)
  our.notify(state, 'escalated', step.channels, step.name, cause)
end

our.maxCalls = 8

-- A client that reconnects (ioredis) sends again what was not answered: the same call, seen by its seed.
function our.isRepeatedCall(state)
  local call = string.sub(our.seed, 1, 8)
  if our.has(state.calls, call) then return true end
  if #state.calls >= our.maxCalls then table.remove(state.calls, 1) end
  state.calls[#state.calls + 1] = call
  return false
end

-- Opened, escalated, duplicate.
function our.raiseAlert(state, command)
  if our.isRepeatedCall(state) then return false, false, true end
  local occurrenceId = our.optional(command.occurrenceId)
  if occurrenceId then
    if our.has(state.recentIds, occurrenceId) then return false, false, true end
    while #state.recentIds >= our.maxRecentIds do table.remove(state.recentIds, 1) end
    state.recentIds[#state.recentIds + 1] = occurrenceId
  end
  local opened = state.status == 'resolved'
  if opened then our.open(state, command) end
  local counted = opened or our.planOf(state).occurrence == 'report'
  our.relabel(state, command.labels)
  state.annotations = command.annotations
  state.source = command.source
  state.occurrences = state.occurrences + 1
  state.lastOccurrenceAt = our.now
  state.clearAt = nil

  local worsened = not opened and (our.ranks[command.severity] or 0) > (our.ranks[state.severity] or 0)
  if worsened then
    state.severity = command.severity
    if cjson.decode(command.plan).policy ~= our.planOf(state).policy then our.adoptPlan(state, command) end
  end
  if counted then our.countOccurrence(state) end

  if opened then our.record(state, 'firing', our.raiseCause)
  elseif worsened then our.record(state, 'worsened', our.raiseCause) end
  if state.status ~= 'firing' then return opened, false, false end

  local due = counted and our.reachRecurrence(state) or {}
  if opened or worsened then
    local channels = {}
    for _, channel in ipairs(our.planOf(state).channels) do
      local told = false
      for index = 1, #due do told = told or our.has(due[index].channels, channel) end
      if not told then channels[#channels + 1] = channel end
    end
    our.notify(state, opened and 'initial' or 'worsened', channels, nil, our.raiseCause)
  end
  for index = 1, #due do
    local step = due[index]
    local note = our.digits(step.count) .. ' occurrences within ' .. our.digits(step.windowMillis) .. ' ms'
    our.escalate(state, step, our.noted('recurrence', note))
  end
  return opened, #due > 0, false
end

function our.resolve(state, cause)
  state.status = 'resolved'
  state.resolvedAt = our.now
  state.clearAt = nil
  state.reminder = nil
  our.record(state, 'resolved', cause)
  if our.planOf(state).notifyResolved then our.notify(state, 'resolved', state.notified, nil, cause) end
end

function our.clear(state, cause)
  local plan = our.planOf(state)
  local clearMillis = plan.minClearMillis
  if our.isFlapping(state) then
    local flapping = plan.flapping
    clearMillis = math.max(clearMillis, flapping.minClearMillis)
    local noted = cjson.decode(cause)
    noted.note = 'flapping: ' .. our.digits(flapping.count) .. ' openings within '
      .. our.digits(flapping.windowMillis) .. ' ms'
    cause = cjson.encode(noted)
  end
  if clearMillis == 0 then
    our.resolve(state, cause)
    return true
  end
  if state.clearAt then return false end
  state.clearAt = our.now + clearMillis
  our.record(state, 'clearing', cause)
  return true
end

function our.changeAlert(state, change, cause)
  local episode = our.optional(change.episode)
  if episode and episode ~= state.episode then return false end
  if state.status == 'resolved' then return false end
  local plan = our.planOf(state)
  local action = change.action
  if action == 'acknowledge' then
    if state.status ~= 'firing' then return false end
    state.status = 'acknowledged'
    state.acknowledgedAt = our.wall
    state.acknowledgedBy = our.optional(change.by)
    state.reminder = nil
    our.record(state, 'acknowledged', cause)
    if plan.notifyAcknowledged then our.notify(state, 'acknowledged', state.notified, nil, cause) end
    return true
  end
  if action == 'resolve' then
    our.resolve(state, cause)
    return true
  end
  if action == 'clear' then return our.clear(state, cause) end
  if action == 'escalate' then
    if state.status ~= 'firing' or state.escalationLevel >= change.step.level then return false end
    our.escalate(state, change.step, cause)
    return true
  end
  error('unknown action ' .. tostring(action))
end

function our.alertDueAt(state)
  if state.status == 'resolved' then return nil end
  local plan = our.planOf(state)
  local due = state.clearAt or math.huge
  local expire = our.optional(plan.expireAfterMillis)
  if expire then due = math.min(due, state.lastOccurrenceAt + expire) end
  if state.status == 'firing' then
    local step = plan.timed[state.nextTimed + 1]
    if step then due = math.min(due, state.firedAt + step.afterMillis) end
    if state.reminder then due = math.min(due, state.reminder.at) end
  end
  if due == math.huge then return nil end
  return due
end

function our.advanceAlert(state)
  while true do
    local due = our.alertDueAt(state)
    if due == nil or due > our.now then return end
    local plan = our.planOf(state)
    local expire = our.optional(plan.expireAfterMillis)
    local step = plan.timed[state.nextTimed + 1]
    local reminder = state.reminder
    if state.clearAt == due then
      our.resolve(state, our.clearCause)
    elseif expire and state.lastOccurrenceAt + expire == due then
      our.resolve(state, our.noted('expiry', 'nothing heard for ' .. our.digits(expire) .. ' ms'))
    elseif step and state.firedAt + step.afterMillis == due then
      state.nextTimed = state.nextTimed + 1
      our.escalate(state, step, our.noted('timer', 'not acknowledged for ' .. our.digits(step.afterMillis) .. ' ms'))
    elseif reminder then
      local every = reminder.everyMillis
      reminder.at = our.now + every
      if reminder.left then
        reminder.left = reminder.left - 1
        if reminder.left == 0 then state.reminder = nil end
      end
      local cause = our.noted('timer', 'not acknowledged, every ' .. our.digits(every) .. ' ms')
      our.record(state, 'reminded', cause)
      our.notify(state, 'reminder', reminder.channels, reminder.step, cause)
    end
  end
end
`;
