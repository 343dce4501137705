/**
 * Alerts and their history.
 *
 * `alerts` is a hash from id to `status episode level severity {state}`: a claim and a history line
 * need the four words only. In the state, labels, annotations, source and plan are JSON within a
 * string, given back byte for byte: cjson would turn an empty list into an object and lose nulls.
 * A field that is null is absent. `history:<id>` is a list, latest first, of `number|entry`.
 */
export const luaRecords = `
local alertsKey = base .. ':alerts'
local activeKey = base .. ':active'
local resolvedKey = base .. ':resolved'
local dueKey = base .. ':due'
local watchesKey = base .. ':watches'
local identityLabels = { 'environment', 'service', 'tenant' }

local function historyKey(id)
  return base .. ':history:' .. id
end

local function stateText(raw)
  return string.sub(raw, (string.find(raw, '{', 1, true)))
end

local function load(id)
  local raw = call('HGET', alertsKey, id)
  if not raw then return nil end
  return cjson.decode(stateText(raw))
end

local function save(state)
  local words = { state.status, digits(state.episode), digits(state.escalationLevel), state.severity }
  call('HSET', alertsKey, state.id, table.concat(words, ' ') .. ' ' .. cjson.encode(state))
end

-- Status, episode, level and severity of an alert, or nil.
local function summary(id)
  local raw = call('HGET', alertsKey, id)
  if not raw then return nil end
  return string.match(raw, '^(%a+) (%d+) (%d+) ([^{]-) {')
end

local plans = {}

local function planOf(state)
  local plan = plans[state.plan]
  if plan == nil then
    plan = cjson.decode(state.plan)
    plans[state.plan] = plan
  end
  return plan
end

-- A time of a state as people read it.
local function wallTime(time)
  if time == nil then return 'null' end
  return digits(time - skew)
end

local function publicAlert(state)
  return table.concat({
    '{"id":', quote(state.id), ',"key":', quote(state.key),
    ',"labels":', state.labels, ',"annotations":', state.annotations,
    ',"type":', quote(state.type), ',"severity":', quote(state.severity),
    ',"status":"', state.status, '","escalationLevel":', digits(state.escalationLevel),
    ',"episode":', digits(state.episode), ',"startsAt":', state.startsAt,
    ',"lastOccurrenceAt":', wallTime(state.lastOccurrenceAt),
    ',"occurrences":', digits(state.occurrences), ',"source":', state.source,
    ',"policy":', quote(planOf(state).policy),
    ',"acknowledgedAt":', digitsOrNull(state.acknowledgedAt),
    ',"acknowledgedBy":', quoteOrNull(state.acknowledgedBy),
    ',"resolvedAt":', wallTime(state.resolvedAt), '}',
  })
end

local function entry(event, cause, episode, status, severity, level, trace)
  return table.concat({
    '{"at":', digits(wall), ',"event":"', event, '","cause":', cause,
    ',"episode":', digits(episode), ',"status":"', status, '","severity":', quote(severity),
    ',"escalationLevel":', digits(level), trace or '', '}',
  })
end

local function append(id, line)
  local key = historyKey(id)
  local head = call('LINDEX', key, 0)
  local number = head and tonumber(string.match(head, '^%d+')) or 0
  local length = call('LPUSH', key, digits(number + 1) .. '|' .. line)
  if length > maxHistory then call('LTRIM', key, 0, maxHistory - 1) end
end

local function record(state, event, cause)
  append(state.id, entry(
    event, cause, state.episode, state.status, state.severity, state.escalationLevel))
end

-- The alerts of a tenant, service or environment are found without reading all.
local function indexKey(label, value)
  return base .. ':label:' .. label .. ':' .. value
end

local function index(id, labels, command)
  if labels == '{}' then return end
  local decoded = cjson.decode(labels)
  for place = 1, #identityLabels do
    local label = identityLabels[place]
    local value = decoded[label]
    if type(value) == 'string' then call(command, indexKey(label, value), id) end
  end
end

local function relabel(state, labels)
  if state.labels == labels then return end
  if state.labels ~= nil then index(state.id, state.labels, 'SREM') end
  index(state.id, labels, 'SADD')
  state.labels = labels
end

local function forget(id, labels)
  index(id, labels, 'SREM')
  call('HDEL', alertsKey, id)
  call('ZREM', activeKey, id)
  call('ZREM', resolvedKey, id)
  call('ZREM', dueKey, 'a' .. id)
  call('DEL', historyKey(id))
end
`;
