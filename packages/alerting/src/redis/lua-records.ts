/**
 * Alerts and their history.
 *
 * `alerts` is a hash from id to six lines: `status episode level severity` (all that a claim and a
 * line of history need), the state, and its labels, annotations, source and plan, which are kept and
 * given back byte for byte: cjson would turn an empty list into an object and lose nulls. What is
 * null is absent from the state. `history:<id>` is a list, latest first, of `number|entry`.
 */
export const luaRecords = `
our.alertsKey = our.base .. ':alerts'
our.activeKey = our.base .. ':active'
our.resolvedKey = our.base .. ':resolved'
our.dueKey = our.base .. ':due'
our.watchesKey = our.base .. ':watches'
our.identityLabels = { 'environment', 'service', 'tenant' }

function our.historyKey(id)
  return our.base .. ':history:' .. id
end

our.newline = string.char(10)

function our.lines(raw)
  local lines, start = {}, 1
  for index = 1, 5 do
    local stop = string.find(raw, our.newline, start, true)
    lines[index] = string.sub(raw, start, stop - 1)
    start = stop + 1
  end
  lines[6] = string.sub(raw, start)
  return lines
end

function our.load(id)
  local raw = redis.call('HGET', our.alertsKey, id)
  if not raw then return nil end
  local lines = our.lines(raw)
  local state = cjson.decode(lines[2])
  state.openings = state.openings or {}
  state.labels, state.annotations, state.source, state.plan = lines[3], lines[4], lines[5], lines[6]
  return state
end

function our.save(state)
  local labels, annotations, source, plan = state.labels, state.annotations, state.source, state.plan
  local words = state.status .. ' ' .. our.digits(state.episode) .. ' '
    .. our.digits(state.escalationLevel) .. ' ' .. state.severity
  state.labels, state.annotations, state.source, state.plan = nil, nil, nil, nil
  local lines = { words, cjson.encode(state), labels, annotations, source, plan }
  state.labels, state.annotations, state.source, state.plan = labels, annotations, source, plan
  redis.call('HSET', our.alertsKey, state.id, table.concat(lines, our.newline))
end

-- What is kept of an alert as one JSON object.
function our.stateText(raw)
  if not raw then return 'null' end
  local lines = our.lines(raw)
  return table.concat({
    string.sub(lines[2], 1, -2), ',"labels":', lines[3], ',"annotations":', lines[4],
    ',"source":', lines[5], ',"plan":', lines[6], '}',
  })
end

-- Status, episode, level and severity of an alert, or nil.
function our.summary(id)
  local raw = redis.call('HGET', our.alertsKey, id)
  if not raw then return nil end
  return string.match(raw, '^(%a+) (%d+) (%d+) (%a+)')
end

our.plans = {}

function our.planOf(state)
  local plan = our.plans[state.plan]
  if plan == nil then
    plan = cjson.decode(state.plan)
    our.plans[state.plan] = plan
  end
  return plan
end

-- A time of a state as people read it.
function our.wallTime(time)
  if time == nil then return 'null' end
  return our.digits(time - our.skew)
end

function our.publicAlert(state)
  return table.concat({
    '{"id":', our.quote(state.id), ',"key":', our.quote(state.key),
    ',"labels":', state.labels, ',"annotations":', state.annotations,
    ',"type":', our.quote(state.type), ',"severity":', our.quote(state.severity),
    ',"status":"', state.status, '","escalationLevel":', our.digits(state.escalationLevel),
    ',"episode":', our.digits(state.episode), ',"startsAt":', state.startsAt,
    ',"lastOccurrenceAt":', our.wallTime(state.lastOccurrenceAt),
    ',"occurrences":', our.digits(state.occurrences), ',"source":', state.source,
    ',"policy":', our.quote(our.planOf(state).policy),
    ',"acknowledgedAt":', our.digitsOrNull(state.acknowledgedAt),
    ',"acknowledgedBy":', our.quoteOrNull(state.acknowledgedBy),
    ',"resolvedAt":', our.wallTime(state.resolvedAt), '}',
  })
end

function our.entry(event, cause, episode, status, severity, level, trace)
  return table.concat({
    '{"at":', our.digits(our.wall), ',"event":"', event, '","cause":', cause,
    ',"episode":', our.digits(episode), ',"status":"', status, '","severity":', our.quote(severity),
    ',"escalationLevel":', our.digits(level), trace or '', '}',
  })
end

function our.append(id, line)
  local key = our.historyKey(id)
  local head = id ~= our.newId and redis.call('LINDEX', key, 0)
  our.newId = nil
  local number = head and tonumber(string.match(head, '^%d+')) or 0
  local length = redis.call('LPUSH', key, our.digits(number + 1) .. '|' .. line)
  if length > our.maxHistory then redis.call('LTRIM', key, 0, our.maxHistory - 1) end
end

function our.record(state, event, cause)
  our.append(state.id, our.entry(
    event, cause, state.episode, state.status, state.severity, state.escalationLevel))
end

-- The alerts of a tenant, service or environment are found without reading all.
function our.indexKey(label, value)
  return our.base .. ':label:' .. label .. ':' .. value
end

function our.indexLabels(id, labels, command)
  if labels == '{}' then return end
  local decoded = cjson.decode(labels)
  for place = 1, #our.identityLabels do
    local label = our.identityLabels[place]
    local value = decoded[label]
    if type(value) == 'string' then redis.call(command, our.indexKey(label, value), id) end
  end
end

function our.relabel(state, labels)
  if state.labels == labels then return end
  if state.labels ~= nil then our.indexLabels(state.id, state.labels, 'SREM') end
  our.indexLabels(state.id, labels, 'SADD')
  state.labels = labels
end

function our.forget(id, labels)
  our.indexLabels(id, labels, 'SREM')
  redis.call('HDEL', our.alertsKey, id)
  redis.call('ZREM', our.activeKey, id)
  redis.call('ZREM', our.resolvedKey, id)
  redis.call('ZREM', our.dueKey, 'a' .. id)
  redis.call('DEL', our.historyKey(id))
end
`;
