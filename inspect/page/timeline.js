// The rows in view as bars, a lane for each reader: when a card worked, when its line did, and when it waited for
// the host. Lengths are logarithmic, so that microseconds are seen beside seconds, which stand in the bars.

import { svg } from "./dom.js";
import { duration } from "./text.js";

const kLane = 18; // pixels
const kName = 72;
const kUnit = 20e-6; // seconds: shorter ones look much alike

/// `roundTrips`: seconds by reader. `choose(row)` is called for a click on a bar.
export function showTimeline(root, rows, roundTrips, choose) {
  const done = rows.filter((row) => row.kind === "apdu" && row.end !== undefined);
  const names = [...new Set(done.map((row) => row.who))].slice(0, 6);
  const width = root.clientWidth;
  const height = Math.max(1, names.length) * kLane;
  const drawing = svg("svg", { width, height, role: "img", "aria-label": "Time line of the rows in view" });
  const axis = axisOf(done, width - kName - 2);
  for (const wait of axis.waits) drawing.append(...waitMarks(wait, height));
  names.forEach((name, lane) => {
    const y = lane * kLane + 3;
    drawing.append(svg("text", { x: 0, y: y + 10, class: "lane" }, name.slice(0, 11)));
    for (const row of done) if (row.who === name) drawing.append(...bars(row, axis, y, roundTrips.get(name) ?? 0, choose));
  });
  root.replaceChildren(drawing);
}

function bars(row, axis, y, roundTrip, choose) {
  const from = axis.at(row.time);
  const to = Math.max(axis.at(row.end), from + 1.5);
  // What a reader measures has the way to the card in it; what is measured at the card has not.
  const share = row.about === "reader" && row.took > 0 ? Math.min(1, roundTrip / row.took) : 0;
  const line = share * (to - from);
  const card = mark(`card ${row.outcome}`, from, to - line, y);
  card.append(svg("title", {}, `${row.name} ${row.object}: ${duration(row.took)}, ${row.status}`));
  const marks = line > 0 ? [card, mark("line", to - line, to, y)] : [card];
  marks.push(...label(duration(row.took), from, to - line, y + 9, "in"));
  for (const it of marks) it.addEventListener("click", () => choose(row));
  return marks;
}

const mark = (kind, from, to, y) => svg("rect", { x: from, y, width: Math.max(0, to - from), height: 12, rx: 2, class: kind });

const waitMarks = (wait, height) => [
  svg("rect", { x: wait.from, y: 0, width: wait.to - wait.from, height, class: "wait" }),
  ...label(duration(wait.seconds), wait.from, wait.to, height - 6, "wait"),
];

function label(text, from, to, y, kind) {
  if (to - from < 6 * text.length) return [];
  return [svg("text", { x: (from + to) / 2, y, class: kind }, text)];
}

const lengthOf = (seconds) => 0.3 + Math.log2(1 + seconds / kUnit);

/// Where a time is.
function axisOf(rows, width) {
  const busy = merge(rows);
  let length = 0;
  busy.forEach((span, i) => {
    span.gap = i === 0 ? 0 : span.from - busy[i - 1].to;
    span.before = length;
    span.at = length += i === 0 ? 0 : lengthOf(span.gap);
    length += lengthOf(span.to - span.from);
    span.end = length;
  });
  const scale = width / Math.max(length, 1);
  const at = (time) => {
    const span = busy.findLast((it) => it.from <= time) ?? busy[0];
    const share = span.to > span.from ? (Math.min(time, span.to) - span.from) / (span.to - span.from) : 0;
    return kName + (span.at + share * (span.end - span.at)) * scale;
  };
  const waits = busy.slice(1).map((span) => ({
    from: kName + span.before * scale, to: kName + span.at * scale, seconds: span.gap,
  }));
  return { at, waits };
}

/// The times in which any card works, one after the other.
function merge(rows) {
  const spans = [];
  for (const row of [...rows].sort((a, b) => a.time - b.time)) {
    const last = spans.at(-1);
    if (last && row.time <= last.to) last.to = Math.max(last.to, row.end);
    else spans.push({ from: row.time, to: row.end });
  }
  return spans;
}
