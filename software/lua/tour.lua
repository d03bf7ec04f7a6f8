-- What a Lua program asks of a C library, with the same output wherever it runs.
print(_VERSION, math.type(1), math.type(1.0), 7 // 2, -7 // 2, -7 % 3, 2 ^ 53 == 2 ^ 53 + 1)
print(string.format("%5d|%-5d|%05d|%+d|%x|%X|%#x|%o", 42, 42, 42, 42, 255, 255, 255, 8))
print(string.format("%.3f|%10.4f|%e|%g|%g|%a", 1 / 3, math.pi, 12345.678, 1e20, 1e-5, 1.0))
print(string.format("%q", "a\n\0b\"\\"), string.format("%q", 1 / 3), string.format("%-10s|", "hi"))
print(1e308 * 10, -1e308 * 10, math.maxinteger + 1 == math.mininteger, 0.1 + 0.2, 1e15, 2 ^ 63)
print(tonumber("0x1p-2"), tonumber("1e1"), tonumber("  12  "), tonumber("z", 36), tonumber("8", 8))
print(math.sin(1), math.exp(1), math.log(10, 2), math.sqrt(2), math.fmod(-7, 3), math.ult(1, -1))

-- errors: each is a longjmp
print(pcall(error, { code = 3 }) == false, select(2, pcall(error, "plain", 0)))
print(select(2, pcall(function () local x = nil; return x.field end)))
print(xpcall(function () error("deep") end, function (m) return "handled: " .. m:gsub("^.-:", "") end))
local function nest (n) if n == 0 then error("bottom", 0) end
  local ok, message = pcall(nest, n - 1)
  error(message .. n % 10, 0)
end
print(select(2, pcall(nest, 50)))
print(select(2, pcall(string.rep, "x", -1)), select(2, pcall(string.rep)))
print(select(2, pcall(function () local function f () return f() + 1 end return f() end)):match("stack overflow"))

-- coroutines: they throw through each other
local co = coroutine.wrap(function (a)
  for i = 1, 3 do a = coroutine.yield(a * i) end
  error("from inside", 0)
end)
print(co(1), co(2), co(3))
print(pcall(co, 4))
print(coroutine.isyieldable(), coroutine.resume(coroutine.create(function () return pcall(coroutine.yield, 1) end)))
local closed = {}
do
  local a <close> = setmetatable({}, { __close = function (_, e) closed[#closed + 1] = "a" .. tostring(e) end })
  pcall(function ()
    local b <close> = setmetatable({}, { __close = function (_, e) closed[#closed + 1] = "b:" .. e end })
    error("out", 0)
  end)
end
print(table.concat(closed, " "))

-- garbage
local weak = setmetatable({}, { __mode = "v" })
local finalized = 0
for i = 1, 1000 do
  weak[i] = setmetatable({ ("x"):rep(i) }, { __gc = function () finalized = finalized + 1 end })
end
collectgarbage() collectgarbage()
print(#weak, finalized)
collectgarbage("generational")
local t = {}
for i = 1, 200000 do t[i % 1000] = { i } end
collectgarbage("incremental")
print(t[999][1], next({}))

-- strings
print(("hello world"):gsub("o", { o = "0" }), ("key = value"):match("^(%w+)%s*=%s*(%w+)$"))
print(("%d"):rep(3, ","), ("abc"):byte(1, -1))
print(string.pack("<i4z", 7, "seven"):byte(1, -1))
print(string.unpack(">I2<I2", "\1\2\3\4"), utf8.char(228, 8364, 128512), utf8.len("äöü€"))
local words = { "pear", "Apple", "fig", "apple", "banana" }
table.sort(words, function (a, b) return a:lower() .. a < b:lower() .. b end)
print(table.concat(words, " "), table.unpack({ 1, 2, 3 }, 2))

-- files
local name = "tour.tmp"
local file = assert(io.open(name, "w+"))
print(file:setvbuf("full", 16), file:write("one\n", 2, "\n", 3.5, "\nno newline") == file)
print(file:seek("set", 4), file:read("n", "l", "n"), file:seek("cur"), file:seek("end"))
file:close()
for line in io.lines(name) do io.write("[", line, "]") end
print()
print(#assert(io.open(name, "rb")):read("a"), os.rename(name, name .. "2"), io.open(name))
print(os.remove(name .. "2"), select(2, os.remove(name)), io.type(file), tostring(file))
local temporary = io.tmpfile()
temporary:write("kept in memory"):seek("set")
print(temporary:read("a"), io.open("/nosuch/file", "w"))

-- time
print(os.date("!%Y-%m-%d %H:%M:%S %a %j", 86400 * 365), os.time({ year = 2000, month = 1, day = 1, hour = 12 }))
print(os.date("!*t", 1e9).wday, os.difftime(5, 2), os.clock() >= 0, os.getenv("NOSUCH"))
print(os.setlocale(), load("return 1 +"))
io.stderr:write("on stderr\n")
os.exit(7, true)
