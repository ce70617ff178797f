// BER-TLV, ISO 7816-4 §5.2.2: a tree of what cards answer. Any bytes may come, so depth and size have bounds.

export const kMostDepth = 16;
export const kMostNodes = 2000;

const kConstructed = 0x20;
const kPivData = 0x53; // primitive by its number, but it holds TLVs: SP 800-73-4 part 2 §3.1.2

/// [{tag: "5fc105", length, value: Uint8Array, children: [...] or undefined}], or undefined if these
/// bytes are not TLVs to their end. Beyond a bound, values are not taken apart.
export function parseTlv(bytes) {
  return parse(bytes, 0, { nodes: 0 });
}

function parse(bytes, depth, bound) {
  const nodes = [];
  let at = 0;
  while (at < bytes.length) {
    const head = readHead(bytes, at);
    if (!head || ++bound.nodes > kMostNodes) return undefined;
    const value = bytes.subarray(head.from, head.from + head.length);
    nodes.push({ tag: head.tag, length: head.length, value, children: childrenOf(head, value, depth, bound) });
    at = head.from + head.length;
  }
  return nodes.length > 0 ? nodes : undefined;
}

function childrenOf(head, value, depth, bound) {
  const holds = (head.first & kConstructed) !== 0 || head.first === kPivData;
  if (!holds || depth + 1 >= kMostDepth || value.length === 0) return undefined;
  return parse(value, depth + 1, bound);
}

function readHead(bytes, at) {
  const first = bytes[at];
  if (first === 0x00 || first === 0xff) return undefined; // padding, no tag
  let end = at + 1;
  if ((first & 0x1f) === 0x1f) {
    while (end < at + 4 && bytes[end] & 0x80) ++end;
    ++end;
  }
  const length = readLength(bytes, end);
  if (!length || length.from + length.value > bytes.length) return undefined;
  const tag = Array.from(bytes.subarray(at, end), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { first, tag, from: length.from, length: length.value };
}

function readLength(bytes, at) {
  if (at >= bytes.length) return undefined;
  const first = bytes[at];
  if (first < 0x80) return { value: first, from: at + 1 };
  const size = first & 0x7f;
  if (size < 1 || size > 4 || at + 1 + size > bytes.length) return undefined;
  let value = 0;
  for (let i = 0; i < size; ++i) value = value * 256 + bytes[at + 1 + i];
  return { value, from: at + 1 + size };
}

/// ISO 7816-4, -6, -15, X.690 and SP 800-73-4.
const kNames = {
  "02": "INTEGER", "03": "BIT STRING", "04": "OCTET STRING", "05": "NULL", "06": "OBJECT IDENTIFIER",
  "0c": "UTF8String", "13": "PrintableString", "16": "IA5String", "17": "UTCTime", "18": "GeneralizedTime",
  "30": "SEQUENCE", "31": "SET", "4f": "application identifier", "50": "label", "51": "path", "53": "data",
  "5c": "tag list", "5e": "login", "5f2d": "language", "5f2f": "PIN policy", "5f50": "URL", "61": "application template",
  "62": "file control parameters", "65": "cardholder data", "6e": "application data", "6f": "file control information",
  "70": "certificate", "71": "certificate info", "73": "discretionary data", "79": "allocation authority",
  "7a": "security template", "7c": "authentication template", "7e": "discovery object", "7f49": "public key",
  "80": "witness", "81": "challenge", "82": "response", "83": "file identifier", "84": "application name",
  "85": "exponentiation", "86": "public point", "a5": "proprietary data", "fe": "error detection code",
};

export const tagName = (tag) => kNames[tag] ?? "";
