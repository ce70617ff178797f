// The rows of the page: commands with their responses, and events.

export const kMostRows = 100_000;
const kSpare = 10_000; // rows beyond that, until the oldest go

/// Upper ends of the steps of the histogram, in seconds.
export const kSteps = [1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1, 3, Infinity];

export class Store {
  rows = [];
  shown = []; // those that pass the filter
  counters = { commands: 0, errors: 0, bytes: 0, missed: 0 };
  steps = kSteps.map(() => 0);
  atrs = new Map();
  names = new Set(); // of readers and cards that there are rows of
  #pending = new Map(); // by who: the row that has no response yet
  #last = new Map(); // by who: the row before
  #filter = { words: [], who: "", outcome: "" };
  #next = 0;
  #end = Infinity; // the number of the first row that is not shown, in a pause

  /// Takes lines of the feed.
  take(lines) {
    for (const line of lines) this.#take(line);
    if (this.rows.length > kMostRows + kSpare) this.#forget();
  }

  clear() {
    this.rows = [];
    this.shown = [];
    this.counters = { commands: 0, errors: 0, bytes: 0, missed: 0 };
    this.steps.fill(0);
  }

  /// Rows that come from now on are not shown, until goOn().
  pause() {
    this.#end = this.#next;
  }

  goOn() {
    this.#end = Infinity;
    this.#refresh();
  }

  filter(text, who, outcome) {
    this.#filter = { words: text.toLowerCase().split(/\s+/).filter(Boolean), who, outcome };
    this.#refresh();
  }

  /// The rows of one answer in parts: a command, and the GET RESPONSEs after it up to this one.
  parts(row) {
    const parts = [row];
    while (parts[0].name === "GET RESPONSE" && parts[0].before) parts.unshift(parts[0].before);
    return parts;
  }

  #refresh() {
    this.shown = this.rows.filter((row) => this.#passes(row));
  }

  #take(line) {
    const who = line.card ?? line.reader ?? "";
    if (line.event === "missed" || line.event === "dropped") this.counters.missed += line.count;
    if (line.event !== "apdu") this.#add(eventRow(line, who));
    else if (line.command !== undefined) this.#begin(line, who);
    else this.#answer(line, who);
    if (line.event === "card" && line.atr) this.atrs.set(who, line.atr);
  }

  #begin(line, who) {
    const before = this.#last.get(who);
    const row = {
      kind: "apdu", time: line.time, who, about: line.card === undefined ? "reader" : "card",
      name: line.name, object: line.object ?? "", by: line.by ?? "", command: line.command, hidden: line.blank,
      response: undefined, status: "", word: "", outcome: "pending", took: undefined, size: 0,
      wait: before?.end === undefined ? undefined : line.time - before.end,
      before: line.name === "GET RESPONSE" ? before : undefined,
    };
    this.#pending.set(who, row);
    this.#last.set(who, row);
    this.counters.commands += 1;
    this.#add(row);
  }

  #answer(line, who) {
    const row = this.#pending.get(who);
    if (!row) return;
    this.#pending.delete(who);
    row.end = line.time;
    row.took = Math.max(0, line.time - row.time);
    row.response = line.response;
    row.hiddenAnswer = line.blank;
    row.word = line.response === null ? "" : line.response.slice(-4);
    row.status = line.response === null ? "no answer" : line.status;
    row.outcome = outcomeOf(row.word);
    row.size = line.response === null ? 0 : Math.max(0, line.response.length / 2 - 2);
    row.text = undefined;
    this.#count(row);
    if (this.#filter.outcome) this.#showLate(row);
  }

  #count(row) {
    this.counters.bytes += row.size + row.command.length / 2;
    if (row.outcome === "failed") this.counters.errors += 1;
    this.steps[kSteps.findIndex((end) => row.took <= end)] += 1;
  }

  #add(row) {
    row.number = this.#next++;
    if (row.who) this.names.add(row.who);
    this.rows.push(row);
    if (this.#passes(row)) this.shown.push(row);
  }

  /// What a row is for the filter may be known with its response alone.
  #showLate(row) {
    if (this.#passes(row) && this.shown.at(-1) !== row) this.shown.push(row);
  }

  #forget() {
    this.rows.splice(0, this.rows.length - kMostRows);
    const first = this.rows[0].number;
    const kept = this.shown.findIndex((row) => row.number >= first);
    this.shown.splice(0, kept < 0 ? this.shown.length : kept);
    this.rows[0].before = undefined; // or the whole chain before stays in memory
  }

  #passes(row) {
    const { words, who, outcome } = this.#filter;
    if (row.number >= this.#end) return false;
    if (who && row.who !== who) return false;
    if (outcome && row.outcome !== outcome) return false;
    return words.every((word) => matches(row, word));
  }
}

function matches(row, word) {
  row.text ??= `${row.who} ${row.name} ${row.object} ${row.status} ${row.word} ${row.by ?? ""}`.toLowerCase();
  if (row.text.includes(word)) return true;
  if (!/^[0-9a-f]{4,}$/.test(word)) return false;
  return Boolean(row.command?.includes(word) || row.response?.includes(word));
}

/// Of a status word. Whoever looks for an object expects that there may be none.
function outcomeOf(word) {
  if (/^(9000|61)/.test(word)) return "fine";
  return /^(62|6c|6a82|6a83|6a88)/.test(word) ? "warning" : "failed";
}

const kEvents = {
  card: (line) => ["card", `${line.state}${line.atr ? `, ATR ${line.atr}` : ""}`],
  reader: (line) => ["reader", line.state],
  remote: (line) => [line.role, line.remote ? `connected: ${line.remote}` : `gone; waiting at ${line.link}`],
  fault: (line) => ["fault", `${line.fault} ${line.command ? `hits the command ${line.command}…` : `in place of the ATR ${line.atr}`}`],
  missed: (line) => ["missed", `${line.count} lines that this page was too slow for`],
  dropped: (line) => ["dropped", `${line.count} messages: there were too many at once`],
};

function eventRow(line, who) {
  const [name, object] = kEvents[line.event]?.(line) ?? [line.event, ""];
  return { kind: "event", time: line.time, who, name, object, status: "", word: "", outcome: "event", line };
}
