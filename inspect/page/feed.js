// The line to the program: what it says, and what it is asked to do.

const kRetry = 1000; // milliseconds
const kToken = "token";

/// The program prints the token behind the address's "#". It is kept for this tab, and taken out of
/// what may be copied or seen.
export function takeToken() {
  const given = location.hash.slice(1);
  if (given) sessionStorage.setItem(kToken, given);
  if (given) history.replaceState(null, "", location.pathname);
  return sessionStorage.getItem(kToken) ?? "";
}

export class Feed {
  #token;
  #position = 0;

  constructor(token) {
    this.#token = token;
  }

  ask(path, options = {}) {
    return fetch(path, { ...options, headers: { Authorization: `Bearer ${this.#token}` } });
  }

  async json(path) {
    const answer = await this.ask(path);
    if (!answer.ok) throw new Error(`${answer.status}`);
    return answer.json();
  }

  /// Runs a command of the program's. What it says, if it fails, is thrown.
  async command(...words) {
    const quoted = words.map((word) => `$'${[...new TextEncoder().encode(word)].map(hexByte).join("")}'`);
    const answer = await this.ask("/command", { method: "POST", body: [words[0], ...quoted.slice(1)].join(" ") });
    if (!answer.ok) throw new Error((await answer.text()) || `${answer.status}`);
  }

  /// Gives the lines for ever, in arrays, and says how the connection is: "live", "refused", "full",
  /// "lost".
  async follow(take, tell) {
    for (;;) {
      const state = await this.#read(take, tell).catch(() => "lost");
      tell(state);
      if (state === "refused") return;
      await new Promise((wake) => setTimeout(wake, kRetry));
    }
  }

  async #read(take, tell) {
    const answer = await this.ask(`/lines?from=${this.#position}`);
    if (!answer.ok) return answer.status === 503 ? "full" : "refused";
    tell("live");
    let rest = "";
    for await (const part of chunks(answer.body.pipeThrough(new TextDecoderStream()))) {
      const lines = (rest + part).split("\n");
      rest = lines.pop();
      if (lines.length > 0) take(lines.map((line) => this.#count(JSON.parse(line))));
    }
    return "lost";
  }

  #count(line) {
    this.#position += line.event === "missed" ? line.count : 1;
    return line;
  }
}

const hexByte = (byte) => `\\x${byte.toString(16).padStart(2, "0")}`;

/// Not every browser has these as an iterator.
async function* chunks(stream) {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
