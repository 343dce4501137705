/**
 * Silences: a hash from id to its text, `ends` by when they may be forgotten (wall time), and
 * `silences-of:<alert id>`. The version that tells callers to look again is random, so that it
 * never repeats, also after a loss of data.
 */
export const luaSilences = `
local silencesKey = base .. ':silences'
local endsKey = base .. ':ends'

local function silencesOfKey(alertId)
  return base .. ':silences-of:' .. alertId
end

local function changeSilences()
  call('HSET', meta, 'silencesVersion', seed)
end

local function removeSilence(id)
  local raw = call('HGET', silencesKey, id)
  if not raw then return false end
  local alertId = optional(cjson.decode(raw).silence.alertId)
  if alertId then call('SREM', silencesOfKey(alertId), id) end
  call('HDEL', silencesKey, id)
  call('ZREM', endsKey, id)
  changeSilences()
  return true
end

local function pruneSilences()
  local ended = call('ZRANGEBYSCORE', endsKey, '-inf', digits(wall), 'LIMIT', 0, 1000)
  for index = 1, #ended do removeSilence(ended[index]) end
end

-- An episode has begun (or the alert is forgotten): silences until the end of an earlier one are over.
local function endSilencesOf(alertId, episode)
  for _, id in ipairs(call('SMEMBERS', silencesOfKey(alertId))) do
    local raw = call('HGET', silencesKey, id)
    local of = raw and optional(cjson.decode(raw).silence.episode)
    if episode == nil or (of and of < episode) then removeSilence(id) end
  end
end

local function addSilence(id, text, startsAt, durationMillis)
  pruneSilences()
  if call('HEXISTS', silencesKey, id) == 0 and call('HLEN', silencesKey) >= maxSilences then
    return nil
  end
  removeSilence(id)
  local silence = cjson.decode(text)
  local starts = startsAt or wall
  local ends = durationMillis and starts + durationMillis or nil
  local forgottenAt = ends
  local alertId, episode = optional(silence.alertId), optional(silence.episode)
  if alertId then
    call('SADD', silencesOfKey(alertId), id)
    local _, known = summary(alertId)
    local over = episode and (known == nil or tonumber(known) > episode)
    if over then forgottenAt = math.min(ends or math.huge, wall + 60000) end
  end
  local raw = '{"number":' .. digits(nextNumber()) .. ',"startsAt":' .. digits(starts)
    .. ',"endsAt":' .. digitsOrNull(ends) .. ',"silence":' .. text .. '}'
  call('HSET', silencesKey, id, raw)
  if forgottenAt then call('ZADD', endsKey, digits(forgottenAt), id) end
  changeSilences()
  return raw
end

local function silencesText()
  return '[' .. table.concat(call('HVALS', silencesKey), ',') .. ']'
end
`;
