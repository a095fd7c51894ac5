// What the store does, in the language that Redis runs as one step. Private to redis_store.cc.
//
// Keys, P being the store's name:
//   P:n        time of the newest event          P:a   number of events that ever came
//   P:h:USER   sorted set, time -> arrival (16 hex digits) identity (33 bytes) event
//   P:t        sorted set, time -> arrival USER  all events
//   P:i        sorted set, time -> identity      which events are there
//   P:d:HASH   until when a user's data was deleted
//   P:s        stream of news for other servers (redis_peers.h)
// Equal times sort by the bytes behind them, so by arrival. Redis holds times as doubles, which are
// whole up to 2^53: the year 287396.
#pragma once

namespace kaskad::redis_scripts {

// KEYS: P. ARGV: max_age, events_per_user, the server's mark and how much news is kept, then (user,
// user hash, time, identity, event) each. Numbers of Kept.
inline constexpr const char* kAppend = R"(
local p, max_age, most = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local newest = tonumber(redis.call('GET', p .. ':n') or '-inf')
local oldest, last, kept = newest - max_age, newest, {}
for i = 5, #ARGV, 5 do
  local user, hash, text, identity, event = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  local time = tonumber(text)
  local erased = redis.call('GET', p .. ':d:' .. hash)
  if time < oldest then
    kept[#kept + 1] = 2
  elseif erased and time <= tonumber(erased) then
    kept[#kept + 1] = 3
  elseif redis.call('ZADD', p .. ':i', 'NX', text, identity) == 0 then
    kept[#kept + 1] = 1
  else
    kept[#kept + 1] = 0
    local arrival = string.format('%016x', redis.call('INCR', p .. ':a'))
    local history = p .. ':h:' .. user
    redis.call('ZADD', history, text, arrival .. identity .. event)
    redis.call('ZADD', p .. ':t', text, arrival .. user)
    if ARGV[3] ~= '' then
      redis.call('XADD', p .. ':s', 'MAXLEN', '~', ARGV[4], '*', 'origin', ARGV[3], 'user', user, 'time', text,
                 'arrival', arrival, 'event', event)
    end
    if time > last then last = time; redis.call('SET', p .. ':n', text) end
    local count = redis.call('ZCARD', history)
    if count > most + most / 4 then
      for _, member in ipairs(redis.call('ZRANGE', history, 0, count - most - 1)) do
        redis.call('ZREM', p .. ':t', string.sub(member, 1, 16) .. user)
      end
      redis.call('ZREMRANGEBYRANK', history, 0, count - most - 1)
    end
  end
end
if last > newest then
  local before = '(' .. string.format('%.0f', last - max_age)
  redis.call('ZREMRANGEBYSCORE', p .. ':i', '-inf', before)
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', p .. ':t', '-inf', before, 'LIMIT', 0, 1000)) do
    redis.call('ZREMRANGEBYSCORE', p .. ':h:' .. string.sub(member, 17), '-inf', before)
    redis.call('ZREM', p .. ':t', member)
  end
end
return kept
)";

// KEYS: P. ARGV: max_age, user, user hash, limit. The newest event's time, until when the user was
// deleted, and (member, time) each, newest first.
inline constexpr const char* kUserState = R"(
local p = KEYS[1]
local newest, erased, found = redis.call('GET', p .. ':n'), redis.call('GET', p .. ':d:' .. ARGV[3]), {}
if newest then
  local oldest = string.format('%.0f', tonumber(newest) - tonumber(ARGV[1]))
  found = redis.call('ZREVRANGEBYSCORE', p .. ':h:' .. ARGV[2], '+inf', oldest, 'WITHSCORES', 'LIMIT', 0,
                     ARGV[4])
end
return {newest, erased, found}
)";

// KEYS: P. ARGV: max_age, user, user hash, until, events_per_user. How many events there were.
inline constexpr const char* kErase = R"(
local p, user = KEYS[1], ARGV[2]
local history = p .. ':h:' .. user
local newest = tonumber(redis.call('GET', p .. ':n') or '-inf')
local count = 0
local found = redis.call('ZRANGE', history, 0, -1, 'WITHSCORES')
for i = 1, #found, 2 do
  redis.call('ZREM', p .. ':t', string.sub(found[i], 1, 16) .. user)
  redis.call('ZREM', p .. ':i', string.sub(found[i], 17, 49))
  if tonumber(found[i + 1]) >= newest - tonumber(ARGV[1]) then count = count + 1 end
end
redis.call('DEL', history)
local deleted = p .. ':d:' .. ARGV[3]
local before = redis.call('GET', deleted)
if not before or tonumber(before) < tonumber(ARGV[4]) then redis.call('SET', deleted, ARGV[4]) end
return math.min(count, tonumber(ARGV[5]))
)";

// KEYS: P. ARGV: least time, how many to pass over, how many, the last arrival. (user, member,
// time) each, in the order of time.
inline constexpr const char* kScan = R"(
local p, out = KEYS[1], {}
local found = redis.call('ZRANGEBYSCORE', p .. ':t', ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', ARGV[2],
                         ARGV[3])
for i = 1, #found, 2 do
  local user, arrival, time = string.sub(found[i], 17), string.sub(found[i], 1, 16), found[i + 1]
  local is_later = arrival > ARGV[4]
  for _, member in ipairs(is_later and {} or redis.call('ZRANGEBYSCORE', p .. ':h:' .. user, time, time)) do
    if string.sub(member, 1, 16) == arrival then
      out[#out + 1] = user
      out[#out + 1] = member
      out[#out + 1] = time
    end
  end
end
return {#found / 2, out}
)";

}  // namespace kaskad::redis_scripts
