// Gives the user a file.

import { make } from "./dom.js";

const kKept = 10_000; // milliseconds for the browser to take it

export function save(blob, extension) {
  const link = make("a");
  link.href = URL.createObjectURL(blob);
  link.download = `vscard-${new Date().toISOString().replace(/[:.]/g, "-")}.${extension}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), kKept);
}
