// What makes elements. Text from outside goes through textContent alone, so that it stays text.

const kSvg = "http://www.w3.org/2000/svg";

/// An element with classes, texts and children: make("p", "note", "text", child).
export function make(tag, classes = "", ...children) {
  const element = document.createElement(tag);
  if (classes) element.className = classes;
  element.append(...children);
  return element;
}

/// Lengths are rounded to what a screen can show.
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(kSvg, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, typeof value === "number" ? +value.toFixed(2) : value);
  element.append(...children);
  return element;
}

/// How much of a bar is full, 0 to 1; page.css draws it.
export function setShare(element, share) {
  element.style.setProperty("--share", share.toFixed(3));
}

export const by = (id) => document.getElementById(id);
