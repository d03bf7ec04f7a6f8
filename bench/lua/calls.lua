-- Recursive calls and arithmetic of integers.
local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end
local function ack(m, n)
  if m == 0 then return n + 1 end
  if n == 0 then return ack(m - 1, 1) end
  return ack(m - 1, ack(m, n - 1))
end
print(fib(27), ack(2, 300))
