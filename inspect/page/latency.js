// How long commands take, as a histogram.

import { make, setShare } from "./dom.js";
import { kSteps } from "./store.js";
import { count, duration } from "./text.js";

export function showLatency(root, steps) {
  const most = Math.max(1, ...steps);
  const last = steps.findLastIndex((number) => number > 0);
  const first = steps.findIndex((number) => number > 0);
  const list = make("ol", "");
  for (let i = Math.max(0, first); i <= last; ++i) {
    const bar = make("i", steps[i] ? "" : "none");
    setShare(bar, steps[i] / most);
    list.append(make("li", "", make("span", "", nameOf(i)), bar, make("b", "", count(steps[i]))));
  }
  root.replaceChildren(last < 0 ? make("p", "note", "no command yet") : list);
}

const nameOf = (i) => (i === kSteps.length - 1 ? `> ${short(kSteps[i - 1])}` : `≤ ${short(kSteps[i])}`);

const short = (seconds) => duration(seconds).replace(/\.?0+(?= )/, (zeros) => (zeros.startsWith(".") ? "" : zeros));
