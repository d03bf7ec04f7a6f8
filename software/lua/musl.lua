-- musl takes any name for a locale, and its decimal point stays C's; Lua's tests take a name that
-- is accepted for a locale with a comma.
local setlocale = os.setlocale
function os.setlocale (name, category)
  if name == nil or name == "" or name == "C" or name == "POSIX" then
    return setlocale(name, category)
  end
  return nil
end
