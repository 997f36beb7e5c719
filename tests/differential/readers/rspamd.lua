-- rspamd: its parser of addresses (C with Ragel), on the value and in a message.
-- Run by `rspamadm lua`, see rspamd.sh.
local rspamd_task = require "rspamd_task"
local rspamd_util = require "rspamd_util"
local rspamd_mempool = require "rspamd_mempool"

local function from_hex(text)
  return (text:gsub("%x%x", function(two) return string.char(tonumber(two, 16)) end))
end

local function hex(text)
  return (text:gsub(".", function(c) return string.format("%02x", c:byte()) end))
end

local function addresses(list)
  local out = {}
  for _, one in ipairs(list or {}) do
    -- Of a quoted local part it shows none, which is nobody.
    if one.addr and one.addr:find("^[^@]") then out[#out + 1] = hex(one.addr) end
  end
  return table.concat(out, ",")
end

local function of_message(value)
  local ok, task = rspamd_task.load_from_string("From: " .. value .. "\n\nbody\n", rspamd_config)
  if not ok or not task then return "" end
  if not task:process_message() then task:destroy() return "" end
  local found = addresses(task:get_from("mime"))
  task:destroy()
  return found
end

for line in io.lines() do
  local value = from_hex(line)
  local pool = rspamd_mempool.create()
  local parsed = addresses(rspamd_util.parse_mail_address(value, pool))
  pool:destroy()
  io.write("parse_mail_address=", parsed, ";of a message=", of_message(value), "\n")
  io.flush()
end
