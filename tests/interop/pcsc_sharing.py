#!/usr/bin/python3
"""Two PC/SC programs, one at each service, and what they find of each other at one reader.

Usage: pcsc_sharing.py READER SOCKET OTHER_SOCKET
"""

import os
import subprocess
import sys

import smartcard.scard as pcsc

SELECT = [0x00, 0xA4, 0x04, 0x00]
GET_FEATURES = pcsc.SCARD_CTL_CODE(3400)
CODES = {
    "ok": 0,
    "violation": pcsc.SCARD_E_SHARING_VIOLATION,
    "reset": pcsc.SCARD_W_RESET_CARD,
}
SHARES = {
    "shared": pcsc.SCARD_SHARE_SHARED,
    "exclusive": pcsc.SCARD_SHARE_EXCLUSIVE,
    "direct": pcsc.SCARD_SHARE_DIRECT,
}
DISPOSITIONS = {"leave": pcsc.SCARD_LEAVE_CARD, "reset": pcsc.SCARD_RESET_CARD}
PROTOCOLS = pcsc.SCARD_PROTOCOL_T0 | pcsc.SCARD_PROTOCOL_T1

# Who does what, and what it is told; "!" waits until it is told that.
SCRIPT = """
ours connect shared = ok
system connect shared = ok
ours begin = ok
system transmit = violation
ours transmit = ok
ours end leave = ok
system transmit = ok
system begin = ok
ours transmit = violation
system end leave = ok
ours begin = ok
ours end reset = ok
system transmit = reset
system reconnect = ok
ours reconnect = ok
system begin = ok
system end reset = ok
ours status = reset
ours transmit = reset
ours disconnect leave = ok
system disconnect leave = ok
ours connect exclusive = ok
system connect shared = violation
ours disconnect leave = ok
system connect exclusive = ok
ours connect shared = violation
system disconnect leave = ok
ours connect direct = ok
ours disconnect leave = ok
system connect shared = ok
ours connect shared = ok
ours begin = ok
ours die =
system transmit ! reset
""".strip()


class Program:
    """One with a context and a card. Prints the result of each line that it reads."""

    def __init__(self, reader):
        self.reader = reader
        _, self.context = pcsc.SCardEstablishContext(pcsc.SCARD_SCOPE_SYSTEM)
        self.card = self.protocol = None

    def connect(self, share):
        result, card, protocol = pcsc.SCardConnect(
            self.context, self.reader, SHARES[share], PROTOCOLS)
        if result == 0:
            self.card, self.protocol = card, protocol
        return result

    def reconnect(self):
        return pcsc.SCardReconnect(
            self.card, pcsc.SCARD_SHARE_SHARED, PROTOCOLS, pcsc.SCARD_LEAVE_CARD)[0]

    def disconnect(self, disposition):
        return pcsc.SCardDisconnect(self.card, DISPOSITIONS[disposition])

    def begin(self):
        return pcsc.SCardBeginTransaction(self.card)

    def end(self, disposition):
        return pcsc.SCardEndTransaction(self.card, DISPOSITIONS[disposition])

    def transmit(self):
        return pcsc.SCardTransmit(self.card, self.protocol, SELECT)[0]

    def status(self):
        return pcsc.SCardStatus(self.card)[0]

    def features(self):
        result, answer = pcsc.SCardControl(self.card, GET_FEATURES, [])
        return f"{result} {bytes(answer).hex()}"

    def run(self):
        for line in sys.stdin:
            name, *arguments = line.split()
            print(getattr(self, name)(*arguments), flush=True)


def start(reader, socket):
    environment = {**os.environ, "PCSCLITE_CSOCK_NAME": socket, "PCSCLITE_NO_BLOCKING": "1"}
    return subprocess.Popen([sys.executable, __file__, "--program", reader], text=True,
                            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def ask(program, words):
    print(words, file=program.stdin, flush=True)
    return program.stdout.readline().strip()


def check(programs, line):
    waits = "!" in line
    action, expected = line.split("!" if waits else "=")
    who, words = action.strip().split(" ", 1)
    if words == "die":
        programs[who].kill()
        programs[who].wait()
        return
    wanted = CODES[expected.strip()]
    while (told := int(ask(programs[who], words))) != wanted:
        if not waits or told != CODES["violation"]:
            sys.exit(f"{line}: {pcsc.SCardGetErrorMessage(told)}")


def main(reader, socket, other_socket):
    programs = {"ours": start(reader, socket), "system": start(reader, other_socket)}
    features = []
    for name in programs:
        ask(programs[name], "connect shared")
        features.append(ask(programs[name], "features"))
        ask(programs[name], "disconnect leave")
    if features[0] != features[1]:
        sys.exit(f"other features: {features}")
    for line in SCRIPT.splitlines():
        check(programs, line)
    for program in programs.values():
        program.kill()
        program.wait()


if sys.argv[1] == "--program":
    Program(sys.argv[2]).run()
else:
    main(*sys.argv[1:])
