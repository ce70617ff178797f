-- VSC, the smart card protocol of libcacard and QEMU, for Wireshark and tshark: on TCP, found by its
-- magic number, or by "Decode As" where a capture begins later. APDUs go to Wireshark's iso7816.
-- A copy in Wireshark's folder of personal Lua plugins is loaded at its start; else
--
--     tshark -X lua_script:vsc.lua -r FILE
--
-- A message, all numbers big endian: type, reader, length of the payload, payload.

local HEADER = 12          -- bytes
local MAX_PAYLOAD = 65544  -- bytes: the longest command APDU
local MAGIC = "VSCD"       -- begins the payload of Init

local INIT, ERROR, READER_ADD, READER_REMOVE, ATR, CARD_REMOVE, APDU = 1, 2, 3, 4, 5, 6, 7
local EXT_HELLO, POWER, AHEAD, PING, PONG, READER_USE = 0x100, 0x101, 0x102, 0x103, 0x104, 0x10a

local types = {
  [INIT] = "Init", [ERROR] = "Error", [READER_ADD] = "ReaderAdd", [READER_REMOVE] = "ReaderRemove",
  [ATR] = "ATR", [CARD_REMOVE] = "CardRemove", [APDU] = "APDU", [8] = "Flush", [9] = "FlushComplete",
  -- The extension of vscard, docs/vsc-extension.md.
  [EXT_HELLO] = "ExtHello", [POWER] = "Power", [AHEAD] = "Ahead", [PING] = "Ping", [PONG] = "Pong",
  [0x105] = "Received", [0x106] = "Resume", [0x107] = "Bye",
  [0x108] = "Cancel", [0x109] = "Working", [READER_USE] = "ReaderUse",
}
local errors = {
  [0] = "success", [1] = "general error", [2] = "cannot add more readers", [3] = "card already inserted",
}
local actions = { [0] = "down", [1] = "cold reset", [2] = "warm reset" }
local uses = { [0] = "ready", [1] = "removed", [2] = "no place" }
local items = { [1] = "revision", [2] = "longest APDU", [3] = "understands", [4] = "secret",
  [5] = "conversation", [6] = "earlier conversation" }

-- What a client sends, and no host: by this both are told apart, whoever has connected.
local from_client = { [READER_ADD] = true, [READER_REMOVE] = true, [ATR] = true, [CARD_REMOVE] = true,
  [9] = true, [AHEAD] = true }
local from_host = { [8] = true, [POWER] = true, [READER_USE] = true }

local vsc = Proto("vsc", "Virtual Smart Card Protocol")
local f = {
  type = ProtoField.uint32("vsc.type", "Type", base.DEC, types),
  reader = ProtoField.uint32("vsc.reader", "Reader", base.HEX),
  length = ProtoField.uint32("vsc.length", "Length"),
  magic = ProtoField.string("vsc.magic", "Magic"),
  version = ProtoField.uint32("vsc.version", "Version", base.HEX),
  capabilities = ProtoField.uint32("vsc.capabilities", "Capabilities", base.HEX),
  error = ProtoField.uint32("vsc.error", "Code", base.DEC, errors),
  name = ProtoField.string("vsc.name", "Name", base.UNICODE),
  atr = ProtoField.bytes("vsc.atr", "ATR"),
  apdu = ProtoField.bytes("vsc.apdu", "APDU"),
  action = ProtoField.uint8("vsc.power", "Action", base.DEC, actions),
  use = ProtoField.uint8("vsc.use", "Use", base.DEC, uses),
  token = ProtoField.uint32("vsc.token", "Token", base.HEX),
  item = ProtoField.uint16("vsc.item", "Item", base.DEC, items),
  value = ProtoField.bytes("vsc.value", "Value"),
  command = ProtoField.bytes("vsc.ahead.command", "Command"),
  response = ProtoField.bytes("vsc.ahead.response", "Response"),
  payload = ProtoField.bytes("vsc.payload", "Payload"),
}
vsc.fields = f
local bad_length = ProtoExpert.new("vsc.bad_length", "The payload is too long for VSC",
  expert.group.MALFORMED, expert.severity.ERROR)
local cut = ProtoExpert.new("vsc.cut", "The payload ends too early",
  expert.group.MALFORMED, expert.severity.ERROR)
vsc.experts = { bad_length, cut }

local stream_of = Field.new("tcp.stream")
local iso7816 = Dissector.get("iso7816")

-- Of each TCP stream the end that is the client, as "ADDRESS:PORT".
local clients = {}
function vsc.init() clients = {} end

local function source(pinfo) return tostring(pinfo.src) .. ":" .. pinfo.src_port end
local function destination(pinfo) return tostring(pinfo.dst) .. ":" .. pinfo.dst_port end

local function learn(kind, stream, pinfo)
  if from_client[kind] then clients[stream] = source(pinfo) end
  if from_host[kind] then clients[stream] = destination(pinfo) end
end

-- Pairs of a fixed head and `size` bytes that it announces; `show` gets the range of each.
local function sequence(body, tree, head, show)
  local at = 0
  while at < body:len() do
    local size = at + head <= body:len() and body(at + head - 2, 2):uint() or body:len()
    if at + head + size > body:len() then return tree:add_proto_expert_info(cut) end
    show(body(at, head), size > 0 and body(at + head, size) or nil)
    at = at + head + size
  end
end

-- A range of no bytes does not exist in Lua: bodies that may be empty are not looked into.
local show = {}

show[INIT] = function(body, tree)
  if body:len() < 8 then return tree:add_proto_expert_info(cut) end
  tree:add(f.magic, body(0, 4))
  tree:add(f.version, body(4, 4))
  for at = 8, body:len() - 4, 4 do tree:add(f.capabilities, body(at, 4)) end
end
show[ERROR] = function(body, tree)
  if body:len() < 4 then return tree:add_proto_expert_info(cut) end
  tree:add(f.error, body(0, 4))
end
show[READER_ADD] = function(body, tree) tree:add(f.name, body) end
show[ATR] = function(body, tree) tree:add(f.atr, body) end
show[POWER] = function(body, tree) tree:add(f.action, body(0, 1)) end
show[READER_USE] = function(body, tree) tree:add(f.use, body(0, 1)) end
show[PING] = function(body, tree)
  if body:len() < 4 then return tree:add_proto_expert_info(cut) end
  tree:add(f.token, body(0, 4))
end
show[PONG] = show[PING]
show[EXT_HELLO] = function(body, tree)
  sequence(body, tree, 4, function(head, value)
    local item = tree:add(f.item, head(0, 2))
    if value then item:add(f.value, value) end
  end)
end
show[AHEAD] = function(body, tree)
  local field = f.command
  sequence(body, tree, 2, function(_, bytes)
    if bytes then tree:add(field, bytes) end
    field = field == f.command and f.response or f.command
  end)
end

-- Without its direction an APDU is bytes: where it goes to the client is what a client has sent before.
local function show_apdu(body, tree, pinfo, root, client)
  tree:add(f.apdu, body)
  if not client then return end
  pinfo.p2p_dir = client == source(pinfo) and P2P_DIR_RECV or P2P_DIR_SENT
  iso7816:call(body:tvb(), pinfo, root)
end

local function show_message(tvb, pinfo, root)
  local kind, length = tvb(0, 4):uint(), tvb(8, 4):uint()
  local name = types[kind] or string.format("type %d", kind)
  local stream = stream_of() and stream_of().value or -1
  pinfo.cols.protocol = "VSC"
  pinfo.cols.info:append(name .. " ")
  local tree = root:add(vsc, tvb(), "VSC " .. name)
  tree:add(f.type, tvb(0, 4))
  tree:add(f.reader, tvb(4, 4))
  local size = tree:add(f.length, tvb(8, 4))
  if length > MAX_PAYLOAD then size:add_proto_expert_info(bad_length) end
  learn(kind, stream, pinfo)
  if tvb:len() == HEADER then return tvb:len() end
  local body = tvb(HEADER)
  if kind == APDU then
    show_apdu(body, tree, pinfo, root, clients[stream])
  else
    (show[kind] or function() tree:add(f.payload, body) end)(body, tree)
  end
  return tvb:len()
end

local function size_of(tvb, _, at) return HEADER + math.min(tvb(at + 8, 4):uint(), MAX_PAYLOAD) end

function vsc.dissector(tvb, pinfo, root)
  pinfo.cols.info:clear()
  return dissect_tcp_pdus(tvb, root, HEADER, size_of, show_message)
end

DissectorTable.get("tcp.port"):add_for_decode_as(vsc)

vsc:register_heuristic("tcp", function(tvb, pinfo, root)
  if tvb:len() < HEADER + 4 or tvb(0, 4):uint() ~= INIT then return false end
  if tvb(HEADER, 4):string() ~= MAGIC then return false end
  pinfo.conversation = vsc
  vsc.dissector(tvb, pinfo, root)
  return true
end)
