-- Binary trees: nothing but allocation and collection.
local function tree(depth)
  if depth == 0 then return {} end
  return { tree(depth - 1), tree(depth - 1) }
end
local function count(node) return node[1] and 1 + count(node[1]) + count(node[2]) or 1 end
local total = 0
for _ = 1, 12 do total = total + count(tree(13)) end
print(total)
