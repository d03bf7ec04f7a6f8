-- Strings: formatted, joined, searched, replaced, sorted.
local words = {}
for i = 1, 20000 do
  words[i] = string.format("%05d:%s-%.3f", i * 7919 % 20000, ("abc"):rep(i % 5), i / 7)
end
table.sort(words)
local text = table.concat(words, " ")
local found = 0
for number in text:gmatch("(%d+):abc") do found = found + tonumber(number) end
local upper = text:gsub("abc", "XYZ"):lower():upper()
local at, places = 1, 0
while true do
  at = text:find("1:", at, true)
  if not at then break end
  at, places = at + 1, places + 1
end
print(found, #upper, places, words[1], words[#words])
