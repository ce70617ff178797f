// What is shown, as a recording that --card replay: plays: a JSON object a line.

import { make } from "./dom.js";

export function save(rows, atrs) {
  const blob = new Blob([rows.length ? recordingOf(rows, atrs) : ""], { type: "application/x-ndjson" });
  const link = make("a");
  link.href = URL.createObjectURL(blob);
  link.download = `vscard-${new Date().toISOString().replace(/[:.]/g, "-")}.jsonl`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export function recordingOf(rows, atrs) {
  const lines = [];
  for (const who of new Set(rows.map((row) => row.who))) lines.push(...beginning(rows.find((row) => row.who === who), atrs.get(who)));
  for (const row of rows) if (row.kind === "apdu") lines.push(...linesOf(row));
  return lines.map((line) => JSON.stringify(line) + "\n").join("");
}

function beginning(row, atr) {
  const about = { time: row.time, card: row.who };
  const lines = [{ format: "vscard recording", version: 1, ...about, reader: row.who, secrets: "blank" }];
  if (atr) lines.push({ ...about, event: "inserted", atr });
  return lines;
}

function linesOf(row) {
  const lines = [{ time: row.time, card: row.who, command: row.command, name: row.name, blank: row.hidden }];
  if (row.response === undefined) return lines;
  const end = { time: row.end, card: row.who, response: row.response };
  lines.push(row.response === null ? { ...end, why: "failed" } : { ...end, blank: row.hiddenAnswer });
  return lines;
}
