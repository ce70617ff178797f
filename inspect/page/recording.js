// What is shown, as a recording that --card replay: plays: a JSON object a line.

/// A Blob.
export function recordingOf(rows, atrs) {
  const apdus = rows.filter((row) => row.kind === "apdu");
  const lines = [];
  for (const who of new Set(apdus.map((row) => row.who))) lines.push(...beginning(apdus.find((row) => row.who === who), atrs.get(who)));
  for (const row of apdus) lines.push(...linesOf(row));
  return new Blob(lines.map((line) => JSON.stringify(line) + "\n"));
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
