-- wrk script: requests of real users, one after the other. HISTORIES names a file with a JSON list
-- of item ids a line (histories.py), for POST /v1/recommend; LISTS one with a body a line
-- for POST /v1/rank (rank_bodies.py), or for the path in ROUTE (bench/infer).
local requests = {}
function init()  -- wrk.headers has the Host by now, which a server may insist on
  wrk.headers["Content-Type"] = "application/json"
  local route = os.getenv("ROUTE") or "/v1/rank"
  for line in io.lines(os.getenv("LISTS") or os.getenv("HISTORIES")) do
    if os.getenv("LISTS") then
      requests[#requests + 1] = wrk.format("POST", route, nil, line)
    else
      requests[#requests + 1] =
        wrk.format("POST", "/v1/recommend", nil, '{"history":' .. line .. ',"k":10}')
    end
  end
end
local at = 0
function request()
  at = at % #requests + 1
  return requests[at]
end

-- Durations are microseconds. One line of JSON for run.sh.
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '{"requests_per_second": %.0f, "p50_ms": %.3f, "p99_ms": %.3f, "requests": %d, "errors": %d}\n',
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, summary.requests,
    e.connect + e.read + e.write + e.status + e.timeout))
end
