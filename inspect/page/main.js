// Joins the parts of the page.

import { showDetail } from "./detail.js";
import { by, make } from "./dom.js";
import { Feed, takeToken } from "./feed.js";
import { showLatency } from "./latency.js";
import { captureOf } from "./pcapng.js";
import { Readers } from "./readers.js";
import { recordingOf } from "./recording.js";
import { save } from "./save.js";
import { Store } from "./store.js";
import { Table } from "./table.js";
import { count, size } from "./text.js";
import { showTimeline } from "./timeline.js";

const kLook = 1000; // milliseconds between two looks at the readers

const kStates = {
  live: "live",
  lost: "the program does not answer; trying again",
  full: "too many pages are open; trying again",
  refused: "refused: open the address that the program has printed",
};

const store = new Store();
const feed = new Feed(takeToken());
let inView = [];
let drawn = true; // the time line of these rows
let readers;
let paused = false;
let connection = "lost"; // as the feed tells it
let due = false;
const table = new Table(by("table"), by("space"), by("window"), choose, view);

function take(lines) {
  store.take(lines);
  refresh();
}

/// At most once a frame, however much comes.
function refresh() {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    show();
  });
}

function show() {
  table.show(store.shown);
  showLatency(by("latency"), store.steps);
  showCounters();
  showNames();
}

function showCounters() {
  const { commands, errors, bytes, missed } = store.counters;
  const facts = [["commands", count(commands)], ["errors", count(errors)], ["data", size(bytes)]];
  if (missed > 0) facts.push(["missed", count(missed)]);
  by("counters").replaceChildren(...facts.map(([name, value]) => make("div", name, make("dt", "", name), make("dd", "", value))));
  by("shown").textContent = store.shown.length === store.rows.length ? `${count(store.rows.length)} rows` : `${count(store.shown.length)} of ${count(store.rows.length)}`;
}

/// Of readers, to choose from.
function showNames() {
  const select = by("who");
  const known = new Set([...select.options].map((option) => option.value));
  for (const name of store.names) {
    if (known.has(name)) continue;
    const option = make("option", "", name);
    option.value = name;
    select.append(option);
  }
}

/// Other rows are in view.
function view(rows) {
  inView = rows;
  if (!drawn) return;
  drawn = false;
  requestAnimationFrame(() => {
    drawn = true;
    showTimeline(by("timeline"), inView, readers?.roundTrips ?? new Map(), (row) => table.choose(row));
  });
}

function choose(row) {
  by("detail").hidden = !row;
  document.body.classList.toggle("with-detail", Boolean(row));
  if (row) showDetail(by("detail"), row, store.parts(row), () => { table.choose(null); by("table").focus(); });
}

function tell(state) {
  connection = state;
  by("state").textContent = paused && state === "live" ? "paused" : kStates[state];
  by("state").className = `state ${paused && state === "live" ? "paused" : state}`;
}

function applyFilter() {
  store.filter(by("search").value, by("who").value, by("outcome").value);
  refresh();
}

function pause() {
  paused = !paused;
  by("pause").setAttribute("aria-pressed", paused);
  by("pause").textContent = paused ? "Go on" : "Pause";
  tell(connection);
  if (paused) store.pause();
  else store.goOn();
  refresh();
}

function listen() {
  by("pause").addEventListener("click", pause);
  by("clear").addEventListener("click", () => { store.clear(); table.choose(null); refresh(); });
  by("save-recording").addEventListener("click", () => save(recordingOf(store.shown, store.atrs), "jsonl"));
  by("save-capture").addEventListener("click", () => save(captureOf(store.shown), "pcapng"));
  by("filter").addEventListener("input", applyFilter);
  by("filter").addEventListener("submit", (event) => event.preventDefault());
  addEventListener("keydown", (event) => {
    if (event.key === "/" && event.target !== by("search")) { event.preventDefault(); by("search").focus(); }
    if (event.key === "Escape") table.choose(null);
  });
}

async function begin() {
  listen();
  refresh();
  const about = await feed.json("/about").catch(() => ({ program: "vscard", commands: [] }));
  by("program").textContent = about.program;
  document.title = `${about.program} – inspector`;
  readers = new Readers(by("readers"), by("problem"), about.commands, async (...words) => {
    await feed.command(...words);
    await look();
  });
  feed.follow(take, tell);
  for (;;) {
    if (!document.hidden) await look();
    await new Promise((wake) => setTimeout(wake, kLook));
  }
}

async function look() {
  const list = await feed.json("/readers").catch(() => undefined);
  if (list) readers.show(list, store.atrs);
}

begin();
