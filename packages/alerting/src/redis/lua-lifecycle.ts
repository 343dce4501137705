import { maxRecentIds } from '../alert.js';

/** `lifecycle.ts` in Lua, function by function; the random histories of the conformance suite compare them. */
export const luaLifecycle = `
local ranks = { low = 1, medium = 2, high = 3, critical = 4 }
local maxRecentIds = ${maxRecentIds}
local raiseCause = '{"kind":"raise"}'
local clearCause = '{"kind":"clear"}'

local function noted(kind, note)
  return '{"kind":"' .. kind .. '","note":' .. quote(note) .. '}'
end

local function notify(state, kind, channels, step, cause)
  if #channels == 0 then return end
  for index = 1, #channels do
    if not has(state.notified, channels[index]) then
      state.notified[#state.notified + 1] = channels[index]
    end
  end
  local text = table.concat({
    '{"kind":"', kind, '","at":', digits(wall), ',"step":', quoteOrNull(step),
    ',"cause":', cause, ',"alert":', publicAlert(state), '}',
  })
  for index = 1, #channels do
    local channel = channels[index]
    if enqueue(channel, state, text, planOf(state).groupWaitMillis) then
      if not has(touched, channel) then touched[#touched + 1] = channel end
    else
      call('HINCRBY', meta, 'dropped', 1)
      record(state, 'dropped', noted('overflow', 'the outbox of channel ' .. channel .. ' is full'))
    end
  end
end

local function remind(step, channels, reminder)
  reminder = optional(reminder)
  if reminder == nil then return nil end
  local max = optional(reminder.max)
  if max == 0 then return nil end
  local every = reminder.everyMillis
  return { at = now + every, everyMillis = every, left = max, channels = channels, step = step }
end

local function adoptPlan(state, command)
  state.plan = command.plan
  state.group = optional(command.group)
  state.escalatedType = optional(command.escalatedType)
  state.reached = {}
  state.firedAt = now
  state.nextTimed = 0
  local plan = planOf(state)
  state.reminder = remind('initial', plan.channels, plan.reminder)
end

local function open(state, command)
  state.status = 'firing'
  state.episode = state.episode + 1
  state.escalationLevel = 1
  state.severity = command.severity
  state.type = command.type
  state.startsAt = optional(command.startsAt) or digits(wall)
  state.occurrences = 0
  state.acknowledgedAt = nil
  state.acknowledgedBy = nil
  state.resolvedAt = nil
  state.notified = {}
  adoptPlan(state, command)
  if state.episode > 1 then endSilencesOf(state.id, state.episode) end
end

local function occurrencesWithin(state, windowMillis)
  local count = 0
  for index = 1, #state.recent do
    if math.min(state.recent[index], now) > now - windowMillis then count = count + 1 end
  end
  return count
end

local function countOccurrence(state)
  local plan = planOf(state)
  local recent = {}
  for index = 1, #state.recent do
    local time = math.min(state.recent[index], now)
    if time > now - plan.keepWindowMillis then recent[#recent + 1] = time end
  end
  local latest = recent[#recent]
  local reached = {}
  for index = 1, #state.reached do
    local step = plan.recurrence[state.reached[index] + 1]
    if step and latest and latest > now - step.windowMillis then
      reached[#reached + 1] = state.reached[index]
    end
  end
  state.reached = reached
  recent[#recent + 1] = now
  while #recent > plan.keepOccurrences do table.remove(recent, 1) end
  state.recent = recent
end

local function reachRecurrence(state)
  local reached = {}
  local recurrence = planOf(state).recurrence
  for index = 1, #recurrence do
    local step = recurrence[index]
    if not has(state.reached, index - 1) and occurrencesWithin(state, step.windowMillis) >= step.count then
      reached[#reached + 1] = step
      state.reached[#state.reached + 1] = index - 1
    end
  end
  return reached
end

local function escalate(state, step, cause)
  state.escalationLevel = math.max(state.escalationLevel, step.level)
  local severity = optional(step.severity)
  if severity and ranks[severity] > (ranks[state.severity] or 0) then state.severity = severity end
  state.type = optional(step.type) or state.escalatedType or state.type
  state.reminder = remind(step.name, step.channels, step.reminder)
  record(state, 'escalated', cause)
  notify(state, 'escalated', step.channels, step.name, cause)
end

-- Opened, escalated, duplicate.
local function raiseAlert(state, command)
  local occurrenceId = optional(command.occurrenceId)
  if occurrenceId then
    if has(state.recentIds, occurrenceId) then return false, false, true end
    while #state.recentIds >= maxRecentIds do table.remove(state.recentIds, 1) end
    state.recentIds[#state.recentIds + 1] = occurrenceId
  end
  local opened = state.status == 'resolved'
  if opened then open(state, command) end
  local counted = opened or planOf(state).occurrence == 'report'
  relabel(state, command.labels)
  state.annotations = command.annotations
  state.source = command.source
  state.occurrences = state.occurrences + 1
  state.lastOccurrenceAt = now
  state.clearAt = nil

  local worsened = not opened and (ranks[command.severity] or 0) > (ranks[state.severity] or 0)
  if worsened then
    state.severity = command.severity
    if cjson.decode(command.plan).policy ~= planOf(state).policy then adoptPlan(state, command) end
  end
  if counted then countOccurrence(state) end

  if opened then record(state, 'firing', raiseCause)
  elseif worsened then record(state, 'worsened', raiseCause) end
  if state.status ~= 'firing' then return opened, false, false end

  local due = counted and reachRecurrence(state) or {}
  if opened or worsened then
    local channels = {}
    for _, channel in ipairs(planOf(state).channels) do
      local told = false
      for index = 1, #due do told = told or has(due[index].channels, channel) end
      if not told then channels[#channels + 1] = channel end
    end
    notify(state, opened and 'initial' or 'worsened', channels, nil, raiseCause)
  end
  for index = 1, #due do
    local step = due[index]
    local note = digits(step.count) .. ' occurrences within ' .. digits(step.windowMillis) .. ' ms'
    escalate(state, step, noted('recurrence', note))
  end
  return opened, #due > 0, false
end

local function resolve(state, cause)
  state.status = 'resolved'
  state.resolvedAt = now
  state.clearAt = nil
  state.reminder = nil
  record(state, 'resolved', cause)
  if planOf(state).notifyResolved then notify(state, 'resolved', state.notified, nil, cause) end
end

local function changeAlert(state, change, cause)
  local episode = optional(change.episode)
  if episode and episode ~= state.episode then return false end
  if state.status == 'resolved' then return false end
  local plan = planOf(state)
  local action = change.action
  if action == 'acknowledge' then
    if state.status ~= 'firing' then return false end
    state.status = 'acknowledged'
    state.acknowledgedAt = wall
    state.acknowledgedBy = optional(change.by)
    state.reminder = nil
    record(state, 'acknowledged', cause)
    if plan.notifyAcknowledged then notify(state, 'acknowledged', state.notified, nil, cause) end
    return true
  end
  if action == 'resolve' or (action == 'clear' and plan.minClearMillis == 0) then
    resolve(state, cause)
    return true
  end
  if action == 'clear' then
    if state.clearAt then return false end
    state.clearAt = now + plan.minClearMillis
    record(state, 'clearing', cause)
    return true
  end
  if action == 'escalate' then
    if state.status ~= 'firing' or state.escalationLevel >= change.step.level then return false end
    escalate(state, change.step, cause)
    return true
  end
  error('unknown action ' .. tostring(action))
end

local function alertDueAt(state)
  if state.status == 'resolved' then return nil end
  local plan = planOf(state)
  local due = state.clearAt or math.huge
  local expire = optional(plan.expireAfterMillis)
  if expire then due = math.min(due, state.lastOccurrenceAt + expire) end
  if state.status == 'firing' then
    local step = plan.timed[state.nextTimed + 1]
    if step then due = math.min(due, state.firedAt + step.afterMillis) end
    if state.reminder then due = math.min(due, state.reminder.at) end
  end
  if due == math.huge then return nil end
  return due
end

local function advanceAlert(state)
  while true do
    local due = alertDueAt(state)
    if due == nil or due > now then return end
    local plan = planOf(state)
    local expire = optional(plan.expireAfterMillis)
    local step = plan.timed[state.nextTimed + 1]
    local reminder = state.reminder
    if state.clearAt == due then
      resolve(state, clearCause)
    elseif expire and state.lastOccurrenceAt + expire == due then
      resolve(state, noted('expiry', 'nothing heard for ' .. digits(expire) .. ' ms'))
    elseif step and state.firedAt + step.afterMillis == due then
      state.nextTimed = state.nextTimed + 1
      escalate(state, step, noted('timer', 'not acknowledged for ' .. digits(step.afterMillis) .. ' ms'))
    elseif reminder then
      local every = reminder.everyMillis
      reminder.at = now + every
      if reminder.left then
        reminder.left = reminder.left - 1
        if reminder.left == 0 then state.reminder = nil end
      end
      local cause = noted('timer', 'not acknowledged, every ' .. digits(every) .. ' ms')
      record(state, 'reminded', cause)
      notify(state, 'reminder', reminder.channels, reminder.step, cause)
    end
  end
end
`;
