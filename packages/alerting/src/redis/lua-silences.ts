/**
 * Silences: a hash from id to its text, `ends` by when they may be forgotten (wall time), and
 * `silences-of:<alert id>`. The version that tells callers to look again is random, so that it
 * never repeats, also after a loss of data.
 */
export const luaSilences = `
our.silencesKey = our.base .. ':silences'
our.endsKey = our.base .. ':ends'

function our.silencesOfKey(alertId)
  return our.base .. ':silences-of:' .. alertId
end

function our.changeSilences()
  redis.call('HSET', our.meta, 'silencesVersion', our.seed)
end

function our.removeSilence(id)
  local raw = redis.call('HGET', our.silencesKey, id)
  if not raw then return false end
  local alertId = our.optional(cjson.decode(raw).silence.alertId)
  if alertId then redis.call('SREM', our.silencesOfKey(alertId), id) end
  redis.call('HDEL', our.silencesKey, id)
  redis.call('ZREM', our.endsKey, id)
  our.changeSilences()
  return true
end

function our.pruneSilences()
  local ended = redis.call('ZRANGEBYSCORE', our.endsKey, '-inf', our.digits(our.wall), 'LIMIT', 0, 1000)
  for index = 1, #ended do our.removeSilence(ended[index]) end
end

-- An episode has begun (or the alert is forgotten): silences until the end of an earlier one are over.
function our.endSilencesOf(alertId, episode)
  for _, id in ipairs(redis.call('SMEMBERS', our.silencesOfKey(alertId))) do
    local raw = redis.call('HGET', our.silencesKey, id)
    local of = raw and our.optional(cjson.decode(raw).silence.episode)
    if episode == nil or (of and of < episode) then our.removeSilence(id) end
  end
end

function our.addSilence(id, text, startsAt, durationMillis)
  our.pruneSilences()
  if redis.call('HEXISTS', our.silencesKey, id) == 0 and redis.call('HLEN', our.silencesKey) >= our.maxSilences then
    return nil
  end
  our.removeSilence(id)
  local silence = cjson.decode(text)
  local starts = startsAt or our.wall
  local ends = durationMillis and starts + durationMillis or nil
  local forgottenAt = ends
  local alertId, episode = our.optional(silence.alertId), our.optional(silence.episode)
  if alertId then
    redis.call('SADD', our.silencesOfKey(alertId), id)
    local _, known = our.summary(alertId)
    local over = episode and (known == nil or tonumber(known) > episode)
    if over then forgottenAt = math.min(ends or math.huge, our.wall + 60000) end
  end
  local raw = '{"number":' .. our.digits(our.nextNumber()) .. ',"startsAt":' .. our.digits(starts)
    .. ',"endsAt":' .. our.digitsOrNull(ends) .. ',"silence":' .. text .. '}'
  redis.call('HSET', our.silencesKey, id, raw)
  if forgottenAt then redis.call('ZADD', our.endsKey, our.digits(forgottenAt), id) end
  our.changeSilences()
  return raw
end

function our.silencesText()
  return '[' .. table.concat(redis.call('HVALS', our.silencesKey), ',') .. ']'
end
`;
