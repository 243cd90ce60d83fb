-- For wrk: one-click posts (RFC 8058), each with the next token of a file; results as JSON.
-- Arguments: file of tokens, number of the first one, milliseconds of rest between two requests.

local tokens, count, next_one, rest = {}, 0, 0, 0

function init(args)
   for line in io.lines(args[1]) do
      count = count + 1
      tokens[count] = line
   end
   next_one = tonumber(args[2])
   rest = tonumber(args[3])
   wrk.method = "POST"
   wrk.body = "List-Unsubscribe=One-Click"
   wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
end

function request()
   next_one = next_one + 1
   return wrk.format(nil, "/u/" .. tokens[(next_one - 1) % count + 1])
end

function delay()
   return rest
end

function done(summary, latency, requests)
   local errors = summary.errors
   io.write(string.format('{"requests":%d,"micros":%d,"refused":%d,"p99_micros":%d}\n',
      summary.requests, summary.duration,
      errors.connect + errors.read + errors.write + errors.status + errors.timeout,
      latency:percentile(99.0)))
end
