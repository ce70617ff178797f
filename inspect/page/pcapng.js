// What is shown, as a capture that Wireshark reads: the file that --capture writes, without its statistics.
// capture/pcapng.hpp and capture/apdu_packet.hpp have the format.

import { bytesOf } from "./text.js";

const kSection = 0x0a0d0d0a;
const kInterface = 1;
const kPacket = 6;
const kUpperPdu = 252; // the link type
const kComment = 1;
const kName = 2; // of an interface
const kApplication = 4;
const kBlanked = "what may be a PIN or a key is zeros here";

const ascii = (text) => new TextEncoder().encode(text);
/// The dissector, and the direction: 0 is to the card.
const apduHead = (direction) => Uint8Array.of(0, 12, 0, 8, ...ascii("iso7816\0"), 0, 35, 0, 4, 0, 0, 0, direction, 0, 0, 0, 0);
const kToCard = apduHead(0);
const kFromCard = apduHead(1);

/// A Blob.
export function captureOf(rows) {
  const packets = rows.filter((row) => row.kind === "apdu").flatMap(packetsOf).sort((a, b) => a.time - b.time);
  const numbers = new Map([...new Set(packets.map((packet) => packet.who))].map((who, i) => [who, i]));
  const file = new Writer();
  file.block(kSection, () => {
    file.u32(0x1a2b3c4d).u16(1).u16(0).u32(0xffffffff).u32(0xffffffff);
    file.options(kApplication, "vscard inspector");
  });
  for (const who of numbers.keys()) {
    file.block(kInterface, () => file.u16(kUpperPdu).u16(0).u32(0).options(kName, who));
  }
  for (const packet of packets) file.block(kPacket, () => addPacket(file, packet, numbers.get(packet.who)));
  return new Blob([file.bytes()]);
}

function packetsOf({ who, time, end, command, hidden, response, hiddenAnswer }) {
  const packets = [{ who, time, head: kToCard, bytes: bytesOf(command), comment: hidden && kBlanked }];
  if (response === null) packets.push({ who, time: end, head: kFromCard, bytes: [], comment: "no answer" });
  else if (response !== undefined) packets.push({ who, time: end, head: kFromCard, bytes: bytesOf(response), comment: hiddenAnswer && kBlanked });
  return packets;
}

function addPacket(file, { time, head, bytes, comment }, number) {
  const microseconds = Math.round(time * 1e6);
  const size = head.length + bytes.length;
  file.u32(number).u32(Math.floor(microseconds / 2 ** 32)).u32(microseconds % 2 ** 32).u32(size).u32(size);
  file.add(head).add(bytes).pad();
  if (comment) file.options(kComment, comment);
}

/// Bytes, little endian, in memory that grows.
class Writer {
  #bytes = new Uint8Array(65536);
  #view = new DataView(this.#bytes.buffer);
  #size = 0;

  u16(number) {
    const at = this.#grow(2);
    this.#view.setUint16(at, number, true);
    return this;
  }

  u32(number) {
    const at = this.#grow(4);
    this.#view.setUint32(at, number, true);
    return this;
  }

  add(bytes) {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /// To four bytes, as all blocks and options before it are.
  pad() {
    this.#grow(-this.#size & 3);
    return this;
  }

  /// One, and the end of them.
  options(code, text) {
    const value = ascii(text);
    return this.u16(code).u16(value.length).add(value).pad().u32(0);
  }

  /// The length stands at both ends.
  block(type, fill) {
    const begin = this.#size;
    this.u32(type).u32(0);
    fill();
    const size = this.#size + 4 - begin;
    this.#view.setUint32(begin + 4, size, true);
    this.u32(size);
  }

  bytes() {
    return this.#bytes.subarray(0, this.#size);
  }

  /// Where so many zeros are now.
  #grow(count) {
    const at = this.#size;
    this.#size += count;
    if (this.#size > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#size);
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
