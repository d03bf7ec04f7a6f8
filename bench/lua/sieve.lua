-- Primes and matrices: arrays.
local n, flags, primes = 400000, {}, 0
for i = 2, n do flags[i] = true end
for i = 2, n do
  if flags[i] then
    primes = primes + 1
    for j = i * 2, n, i do flags[j] = false end
  end
end
local size, a, c = 100, {}, {}
for i = 1, size do
  a[i] = {}
  for j = 1, size do a[i][j] = (i * j % 7) + 0.5 end
end
for i = 1, size do
  local row = {}
  for j = 1, size do
    local sum = 0
    for k = 1, size do sum = sum + a[i][k] * a[k][j] end
    row[j] = sum
  end
  c[i] = row
end
print(primes, c[1][1], c[size][size])
