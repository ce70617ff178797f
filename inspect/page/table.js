// The conversation as a list of any length, of which only what is in view has elements.

import { make, setShare } from "./dom.js";
import { clock, duration, size } from "./text.js";

const kAround = 12; // rows beyond the view that are there already

export class Table {
  #root;
  #space;
  #window;
  #rows = [];
  #chosen = null;
  #following = true;
  #height = 1; // of a row, in pixels
  #view = 0; // pixels for rows
  #onChoose;
  #onView;

  /// `onChoose(row or null)` when the user chooses a row, `onView(rows)` when others come into view.
  constructor(root, space, window, onChoose, onView) {
    this.#root = root;
    this.#space = space;
    this.#window = window;
    this.#onChoose = onChoose;
    this.#onView = onView;
    root.addEventListener("scroll", () => this.#scrolled());
    root.addEventListener("keydown", (event) => this.#key(event));
    window.addEventListener("click", (event) => this.#click(event));
    new ResizeObserver(() => this.#measure()).observe(root);
    this.#measure();
  }

  /// Shows these rows, which are the same array or another one.
  show(rows) {
    this.#rows = rows;
    this.#root.setAttribute("aria-rowcount", rows.length + 1);
    this.#space.style.setProperty("height", `${rows.length * this.#height}px`);
    if (this.#following) this.#root.scrollTop = this.#root.scrollHeight;
    this.render();
  }

  render() {
    const visible = Math.ceil(this.#view / this.#height);
    const first = Math.max(0, Math.floor(this.#root.scrollTop / this.#height));
    const from = Math.max(0, first - kAround);
    const rows = this.#rows.slice(from, first + visible + kAround);
    this.#root.removeAttribute("aria-activedescendant"); // it may not be among these
    this.#window.style.setProperty("transform", `translateY(${from * this.#height}px)`);
    this.#window.replaceChildren(...rows.map((row, i) => this.#element(row, from + i)));
    this.#onView(this.#rows.slice(first, first + visible));
  }

  choose(row) {
    this.#chosen = row;
    this.#onChoose(row);
    this.render();
  }

  #element(row, index) {
    const element = make("div", `row ${row.kind} ${row.outcome}`, ...(row.kind === "event" ? eventCells(row) : cells(row)));
    element.setAttribute("role", "row");
    element.setAttribute("aria-rowindex", index + 2);
    element.dataset.index = index;
    if (row === this.#chosen) {
      element.classList.add("chosen");
      element.setAttribute("aria-selected", "true");
      element.id = "chosen-row";
      this.#root.setAttribute("aria-activedescendant", element.id);
    }
    return element;
  }

  /// Asking for a size costs the browser a layout, so it is done only when one has changed.
  #measure() {
    this.#height = parseFloat(getComputedStyle(this.#root).getPropertyValue("--row"));
    this.#view = this.#root.clientHeight - this.#space.offsetTop;
    this.show(this.#rows);
  }

  #scrolled() {
    const left = this.#rows.length * this.#height - this.#view - this.#root.scrollTop;
    this.#following = left < this.#height;
    this.render();
  }

  #click(event) {
    const element = event.target.closest("[data-index]");
    if (element) this.choose(this.#rows[Number(element.dataset.index)]);
  }

  #key(event) {
    const page = Math.floor(this.#view / this.#height) - 1;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (step === undefined || this.#rows.length === 0) return;
    event.preventDefault();
    const before = this.#chosen ? this.#rows.indexOf(this.#chosen) : this.#rows.length;
    const index = Math.min(Math.max(before + step, 0), this.#rows.length - 1);
    this.#reveal(index);
    this.choose(this.#rows[index]);
  }

  #reveal(index) {
    const top = index * this.#height;
    if (top < this.#root.scrollTop) this.#root.scrollTop = top;
    else if (top + this.#height > this.#root.scrollTop + this.#view) this.#root.scrollTop = top + this.#height - this.#view;
  }
}

function cell(name, ...children) {
  const element = make("span", name, ...children);
  element.setAttribute("role", "gridcell");
  return element;
}

function cells(row) {
  const took = cell("took", row.took === undefined ? "…" : duration(row.took));
  setShare(took, shareOf(row.took));
  return [
    cell("time", clock(row.time)), cell("who", row.who), cell("name", row.name), cell("object", row.object),
    cell("status", make("i", "dot"), row.status || (row.took === undefined ? "at the card" : ""), make("code", "", row.word)),
    cell("size", row.size ? size(row.size) : ""), took, cell("by", row.by),
  ];
}

function eventCells(row) {
  return [cell("time", row.time ? clock(row.time) : ""), cell("who", row.who), cell("name", row.name), cell("object", row.object)];
}

/// From 0.1 ms on, a tenth of the bar for each half decade.
function shareOf(took) {
  if (!took) return 0;
  return Math.min(1, Math.max(0, Math.log10(took / 0.0001) / 5));
}
