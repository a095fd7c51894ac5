-- wrk script: POST /v1/recommend with histories of real users, one after the other.
-- The file named by HISTORIES has one JSON list of item ids a line (see histories.py).
local bodies = {}
for line in io.lines(os.getenv("HISTORIES")) do
  bodies[#bodies + 1] = wrk.format("POST", "/v1/recommend", {["Content-Type"] = "application/json"},
                                   '{"history":' .. line .. ',"k":10}')
end
local at = 0
function request()
  at = at % #bodies + 1
  return bodies[at]
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
