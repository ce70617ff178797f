// The readers and cards of the program, and what can be done with them.

import { make } from "./dom.js";
import { duration } from "./text.js";

/// What `list --json` of each program says, in one form.
function readerOf(entry) {
  const card = typeof entry.card === "string";
  const about = card ? entry.card : (entry.own ?? entry.reader);
  const ends = [];
  if (entry.vsc) ends.push(endOf("client", entry.vsc));
  if (entry.usbredir) ends.push(endOf("guest", entry.usbredir));
  if (entry.usbip) ends.push(endOf(`USB/IP ${entry.usbip.bus_id}`, entry.usbip));
  if (entry.link) ends.push(endOf(card ? "host" : "client", entry));
  const state = entry.state ?? (entry.card ? "inserted" : "no card");
  // In a service's list, most cards are other programs'.
  return { name: about, state, reader: entry.state ? entry.reader : "", ends, ours: card || Boolean(entry.own) };
}

/// What a card can be made to do, as `ctl fault` takes it: docs/faults.md.
const kFaults = [
  ["mute@times=1", "Does not answer the next command"],
  ["sw:6982@times=1", "Refuses the next command (6982)"],
  ["slow:3s@times=1", "Takes 3 s for the next command"],
  ["remove-in@times=1", "Is pulled out in the next command"],
  ["reset-by-other@times=1", "Is reset by another program"],
  ["--clear", "Behaves again"],
];

const endOf = (role, end) => ({ role, link: end.link, peer: end.peer, roundTrip: end.round_trip });

export class Readers {
  #root;
  #problem;
  #commands;
  #run;
  #shown = "";
  roundTrips = new Map(); // by name, in seconds

  /// `run(...words)` runs a command of the program's, one of `commands`.
  constructor(root, problem, commands, run) {
    this.#root = root;
    this.#problem = problem;
    this.#commands = commands;
    this.#run = run;
  }

  show(list, atrs) {
    const readers = list.map(readerOf);
    for (const reader of readers) {
      const known = reader.ends.find((end) => typeof end.roundTrip === "number");
      if (known) this.roundTrips.set(reader.name, known.roundTrip);
    }
    const state = JSON.stringify([readers, [...atrs]]);
    if (state === this.#shown) return; // a button that has the focus keeps it
    this.#shown = state;
    this.#root.replaceChildren(...readers.map((reader) => this.#element(reader, atrs.get(reader.name) ?? atrs.get(reader.reader))));
  }

  #element(reader, atr) {
    const title = make("div", "title", make("strong", "", reader.name), make("span", `badge ${reader.state.replace(" ", "-")}`, reader.state));
    const element = make("li", "", title);
    if (reader.reader && reader.reader !== reader.name) element.append(make("p", "", reader.reader));
    for (const end of reader.ends) element.append(endElement(end));
    if (atr && reader.state === "inserted") element.append(make("p", "atr", make("span", "", "ATR"), make("code", "", atr)));
    element.append(...this.#buttons(reader), ...this.#faults(reader));
    return element;
  }

  #buttons(reader) {
    const wanted = { inserted: ["remove", "Remove the card"], removed: ["insert", "Insert the card"] }[reader.state];
    if (!reader.ours || !wanted || !this.#commands.includes(wanted[0])) return [];
    const button = make("button", "", wanted[1]);
    button.setAttribute("aria-label", `${wanted[1]} ${reader.name}`);
    button.addEventListener("click", async () => {
      if (!(await this.#act(button, wanted[0], reader.name))) button.disabled = false;
    });
    return [button];
  }

  #faults(reader) {
    if (!reader.ours || !this.#commands.includes("fault")) return [];
    const title = make("option", "", "Misbehave…");
    title.value = "";
    const select = make("select", "", title);
    for (const [fault, text] of kFaults) select.append(Object.assign(make("option", "", text), { value: fault }));
    select.setAttribute("aria-label", `Make ${reader.name} misbehave`);
    select.addEventListener("change", async () => {
      if (select.value) await this.#act(select, "fault", reader.name, select.value);
      select.value = "";
      select.disabled = false;
    });
    return [select];
  }

  /// Did it work? Until then the element is disabled.
  async #act(element, ...words) {
    element.disabled = true;
    this.#problem.hidden = true;
    try {
      await this.#run(...words);
      return true;
    } catch (error) {
      this.#problem.textContent = error.message;
      this.#problem.hidden = false;
      return false;
    }
  }
}

function endElement(end) {
  const where = make("span", "where", end.peer ?? `nobody at ${end.link}`);
  where.title = where.textContent;
  const element = make("p", end.peer ? "end" : "end nobody", make("span", "role", end.role), where);
  if (typeof end.roundTrip === "number") element.append(make("small", "", duration(end.roundTrip)));
  return element;
}
