// The bytes of a row: what its header says, in hexadecimal, and as a tree of TLVs.

import { make } from "./dom.js";
import { asciiOf, bytesOf, count, duration, hexOf } from "./text.js";
import { parseTlv, tagName } from "./tlv.js";

const kLine = 16; // bytes of a line in hexadecimal
const kMostShown = 4096; // bytes in hexadecimal at first
const kPreview = 24; // bytes of a value

/// Fills `root`; `parts` are the rows of one answer.
export function showDetail(root, row, parts, close) {
  const closer = make("button", "close", "×");
  closer.setAttribute("aria-label", "Close");
  closer.addEventListener("click", close);
  const title = make("h2", "", row.name);
  root.replaceChildren(make("header", "", title, make("p", "", row.object), closer));
  if (row.kind === "event") root.append(make("pre", "", JSON.stringify(row.line, null, 1)));
  else root.append(...commandBlocks(row), ...responseBlocks(row, parts));
}

function commandBlocks(row) {
  const bytes = bytesOf(row.command);
  const facts = headerOf(bytes);
  if (row.by) facts.push(["asked by", row.by]);
  return [block("Command", bytes, row.hidden, facts), ...trees("Data of the command", dataOf(bytes), row.hidden)];
}

function responseBlocks(row, parts) {
  if (row.response === undefined) return [make("p", "note", "The card has not answered yet.")];
  if (row.response === null) return [make("p", "note", "The card gave no answer.")];
  const bytes = bytesOf(row.response);
  const facts = [["status", `${row.word} ${row.status}`], ["took", duration(row.took)]];
  if (row.wait !== undefined) facts.push(["waited before", duration(row.wait)]);
  return [block("Response", bytes, row.hiddenAnswer, facts), ...answerTrees(parts)];
}

/// An answer in parts is one of TLVs only when they are joined.
function answerTrees(parts) {
  const answered = parts.filter((part) => part.response);
  const whole = answered.map((part) => part.response.slice(0, -4)).join("");
  const title = answered.length > 1 ? `Answer of ${answered.length} parts` : "Answer";
  return trees(title, bytesOf(whole), answered.find((part) => part.hiddenAnswer)?.hiddenAnswer);
}

function block(title, bytes, hidden, facts) {
  const list = make("dl", "facts");
  for (const [name, value] of facts) list.append(make("div", "", make("dt", "", name), make("dd", "", value)));
  return make("section", "block", make("h3", "", title, make("small", "", `${count(bytes.length)} bytes`)), list, dump(title, bytes, hidden));
}

/// Case and lengths of ISO 7816-4 §5.1.
function headerOf(bytes) {
  if (bytes.length < 4) return [["malformed", ""]];
  const names = ["CLA", "INS", "P1", "P2"];
  const facts = names.map((name, i) => [name, hexOf(bytes.subarray(i, i + 1))]);
  const data = dataOf(bytes);
  if (data.length > 0) facts.push(["Lc", count(data.length)]);
  return facts;
}

function dataOf(bytes) {
  const extended = bytes.length > 7 && bytes[4] === 0;
  const length = extended ? bytes[5] * 256 + bytes[6] : bytes[4] ?? 0;
  const from = extended ? 7 : 5;
  return bytes.length >= from + length && bytes.length > 5 ? bytes.subarray(from, from + length) : new Uint8Array();
}

function dump(title, bytes, hidden) {
  const table = make("pre", "dump");
  table.tabIndex = 0; // in a narrow window it scrolls
  table.setAttribute("role", "group");
  table.setAttribute("aria-label", `${title} in hexadecimal`);
  const show = (from, to) => {
    for (let at = from; at < to; at += kLine) table.append(dumpLine(bytes, at, hidden));
  };
  show(0, Math.min(bytes.length, kMostShown));
  if (bytes.length <= kMostShown) return table;
  const more = make("button", "", `${count(bytes.length - kMostShown)} more bytes`);
  more.addEventListener("click", () => {
    more.remove();
    show(kMostShown, bytes.length);
  });
  return make("div", "", table, more);
}

/// "0010  53 82 …  S···"; dots stand for a secret.
function dumpLine(bytes, at, hidden) {
  const part = bytes.subarray(at, at + kLine);
  const isHidden = (i) => hidden && at + i >= hidden.from && at + i < hidden.from + hidden.bytes;
  const digits = Array.from(part, (byte, i) => (isHidden(i) ? "••" : hexOf([byte])));
  const ascii = Array.from(part, (byte, i) => (isHidden(i) ? "•" : asciiOf([byte]))).join("");
  return make("span", "", make("i", "", at.toString(16).padStart(4, "0")), `  ${digits.join(" ").padEnd(3 * kLine)} `, make("b", "", ascii), "\n");
}

function trees(title, bytes, hidden) {
  const nodes = hidden || bytes.length < 2 ? undefined : parseTlv(bytes);
  return nodes ? [make("section", "block", make("h3", "", title, make("small", "", "TLV")), tree(nodes))] : [];
}

function tree(nodes) {
  return make("ul", "tlv", ...nodes.map((node) => make("li", "", node.children ? branch(node) : leaf(node))));
}

function branch(node) {
  const details = make("details", "", make("summary", "", ...label(node)), tree(node.children));
  details.open = true;
  return details;
}

function leaf(node) {
  const shown = node.value.subarray(0, kPreview);
  const more = node.value.length > kPreview ? " …" : "";
  const text = make("div", "leaf", ...label(node), make("code", "", hexOf(shown) + more));
  if (isText(shown)) text.append(make("q", "", asciiOf(shown) + more));
  return text;
}

const label = (node) => [make("b", "", node.tag), make("span", "", tagName(node.tag)), make("small", "", count(node.length))];

const isText = (bytes) => bytes.length > 2 && bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
