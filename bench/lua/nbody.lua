-- Gravity between bodies: floating point and tables' fields.
local bodies = {}
for i = 1, 5 do
  bodies[i] = { x = i * 1.5, y = i % 3 - 1, z = i / 7, vx = 0.1 * i, vy = -0.05 * i, vz = 0, m = 1 / i }
end

local function advance(dt)
  for i = 1, #bodies do
    local a = bodies[i]
    for j = i + 1, #bodies do
      local b = bodies[j]
      local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
      local d2 = dx * dx + dy * dy + dz * dz + 0.01
      local mag = dt / (d2 * math.sqrt(d2))
      a.vx, a.vy, a.vz = a.vx - dx * b.m * mag, a.vy - dy * b.m * mag, a.vz - dz * b.m * mag
      b.vx, b.vy, b.vz = b.vx + dx * a.m * mag, b.vy + dy * a.m * mag, b.vz + dz * a.m * mag
    end
  end
  for _, a in ipairs(bodies) do
    a.x, a.y, a.z = a.x + dt * a.vx, a.y + dt * a.vy, a.z + dt * a.vz
  end
end

for _ = 1, 40000 do advance(0.001) end
print(string.format("%.9f %.9f", bodies[1].x, bodies[5].y))
