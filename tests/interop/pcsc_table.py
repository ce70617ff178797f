#!/usr/bin/python3
"""Each PC/SC call in each state of a card, compared with a table.

Usage: pcsc_table.py ours|pcscd READER, whose card offers T=0 and T=1
"""

import concurrent.futures
import os
import socket
import sys

import smartcard.scard as pcsc

# What the calls of a program are told, state by state. Where both differ it is "ours/pcscd".
TABLE = """
                    direct alone trans excl  other raw   its   reset gone  back  empty
connect shared      ok    ok    waits share ok    proto waits ok    empty ok    empty
connect exclusive   share share waits share share proto waits share empty share empty
connect direct      ok    ok    waits share ok    ok    waits ok    ok    ok    ok
connect T=0         ok    proto waits share proto proto waits ok    empty ok    empty
connect raw         ok    ok    waits share ok    ok    waits ok    empty ok    empty
connect protocol 0  proto proto proto proto proto proto proto proto proto proto proto
connect share 7     value value value value value value value value value value value
reconnect           ok    ok    ok    ok    ok    proto share ok    empty ok    empty
reconnect T=0       ok    proto proto proto proto proto share ok    empty ok    empty
reconnect T=0 reset ok    ok    ok    ok    ok    ok    share ok    empty ok    empty
reconnect unpower   ok    ok    ok    ok    ok    ok    share ok    empty ok    empty
reconnect eject     value value value value value value value value value value value
reconnect exclusive ok    ok    ok    ok    share proto share ok    empty ok    empty
reconnect direct    ok    ok    ok    ok    ok    ok    share ok    empty ok    empty
disconnect          ok    ok    ok    ok    ok    ok    ok    ok    ok    ok    ok
disconnect reset    ok    ok    ok    ok    ok    ok    waits ok    ok    ok    ok
disconnect unpower  ok    ok    ok    ok    ok    ok    waits ok    ok    ok    ok
disconnect eject    ok    ok    ok    ok    ok    ok    waits ok    ok    ok    ok
disconnect 9        value value value value value value value value value value value
begin               ok    ok    ok    ok    ok    ok    waits reset gone  gone  ok
end                 trans trans ok    trans trans trans share reset gone  gone  trans
end reset           trans trans ok    trans trans trans share reset gone  gone  trans/gone
end unpower         trans trans ok    trans trans trans share reset gone  gone  trans/gone
end eject           unsup unsup unsup unsup unsup unsup share reset gone  gone  unsup
end 9               value value value value value value value value value value value
transmit T=1        proto ok    ok    ok    ok    proto share reset gone  gone  empty
transmit T=0        proto proto proto proto proto proto share reset gone  gone  empty
transmit raw        ok    ok    ok    ok    ok    ok    share reset gone  gone  trans/empty
status              ok    ok    ok    ok    ok    ok    share reset gone  gone  ok
control             ok    ok    ok    ok    ok    ok    share ok    ok    ok    ok
control unknown     unsup unsup unsup unsup unsup unsup share unsup unsup unsup unsup
attribute           ok    ok    ok    ok    ok    ok    share reset gone  gone  ok
attribute unknown   unsup unsup unsup unsup unsup unsup share reset gone  gone  unsup
"""

SHARED, EXCLUSIVE = pcsc.SCARD_SHARE_SHARED, pcsc.SCARD_SHARE_EXCLUSIVE
DIRECT = pcsc.SCARD_SHARE_DIRECT
T0, T1, RAW = pcsc.SCARD_PROTOCOL_T0, pcsc.SCARD_PROTOCOL_T1, pcsc.SCARD_PROTOCOL_RAW
LEAVE, RESET, UNPOWER, EJECT = range(4)
PATIENCE = 20000  # milliseconds
SELECT = [0x00, 0xA4, 0x04, 0x00]
GET_FEATURES = pcsc.SCARD_CTL_CODE(3400)
NAMES = {
    pcsc.SCARD_S_SUCCESS: "ok",
    pcsc.SCARD_E_SHARING_VIOLATION: "share",
    pcsc.SCARD_E_NO_SMARTCARD: "empty",
    pcsc.SCARD_E_PROTO_MISMATCH: "proto",
    pcsc.SCARD_E_INVALID_VALUE: "value",
    pcsc.SCARD_E_NOT_TRANSACTED: "trans",
    pcsc.SCARD_E_UNSUPPORTED_FEATURE: "unsup",
    pcsc.SCARD_W_RESET_CARD: "reset",
    pcsc.SCARD_W_REMOVED_CARD: "gone",
}


class Program:
    """One of those that use the reader, with a context of its own."""

    def __init__(self, reader):
        self.reader = reader
        self.context = pcsc.SCardEstablishContext(pcsc.SCARD_SCOPE_SYSTEM)[1]
        self.card = None

    def connect(self, share=SHARED, protocols=T0 | T1):
        result, card, _ = pcsc.SCardConnect(self.context, self.reader, share, protocols)
        if result == 0:
            self.card = card
        return result

    def reconnect(self, share=SHARED, action=LEAVE, protocols=T0 | T1):
        return pcsc.SCardReconnect(self.card, share, protocols, action)[0]

    def disconnect(self, action=LEAVE):
        return pcsc.SCardDisconnect(self.card, action)

    def begin(self):
        return pcsc.SCardBeginTransaction(self.card)

    def end(self, action=LEAVE):
        return pcsc.SCardEndTransaction(self.card, action)

    def transmit(self, protocol=T1):
        return pcsc.SCardTransmit(self.card, protocol, SELECT)[0]

    def status(self):
        return pcsc.SCardStatus(self.card)[0]

    def control(self, code=GET_FEATURES):
        return pcsc.SCardControl(self.card, code, [])[0]

    def attribute(self, name=pcsc.SCARD_ATTR_VENDOR_NAME):
        return pcsc.SCardGetAttrib(self.card, name)[0]

    def wait_for(self, wanted):
        state = 0
        while not state & wanted:
            _, [(_, state, _)] = pcsc.SCardGetStatusChange(
                self.context, PATIENCE, [(self.reader, state)])

    def release(self):
        pcsc.SCardReleaseContext(self.context)


def ctl(command):
    with socket.socket(socket.AF_UNIX) as control:
        control.connect(os.environ["VSCARD_CONTROL"].removeprefix("unix:"))
        control.sendall(command.encode() + b"\n")
        answer = control.makefile().read()
    if not answer.startswith("ok"):
        sys.exit(f"{command}: {answer}")


class World:
    """A card that was reset, our program's handle to it, and two more programs."""

    def __init__(self, reader):
        self.ours, self.other, self.new = (Program(reader) for _ in range(3))
        self.out = False
        self.new.connect(SHARED, T0 | T1 | RAW)
        self.new.disconnect(RESET)
        self.ours.connect()

    def remove(self):
        ctl("remove")
        self.ours.wait_for(pcsc.SCARD_STATE_EMPTY)
        self.out = True

    def insert(self):
        ctl("insert")
        self.ours.wait_for(pcsc.SCARD_STATE_PRESENT)
        self.out = False

    def release(self):
        if self.out:
            self.insert()
        for program in (self.ours, self.other, self.new):
            program.release()


def direct(world):
    world.ours.disconnect(RESET)
    world.ours.connect(DIRECT, 0)


def empty(world):
    world.ours.disconnect()
    world.remove()
    world.ours.connect(DIRECT, 0)


def others_transaction(world):
    world.other.connect()
    world.other.begin()


def reset_by_other(world):
    world.other.connect()
    world.other.disconnect(RESET)


def back(world):
    world.remove()
    world.insert()


STATES = {
    "direct": direct,
    "alone": lambda world: None,
    "trans": lambda world: world.ours.begin(),
    "excl": lambda world: world.ours.reconnect(EXCLUSIVE),
    "other": lambda world: world.other.connect(),
    "raw": lambda world: world.other.connect(SHARED, RAW),
    "its": others_transaction,
    "reset": reset_by_other,
    "gone": World.remove,
    "back": back,
    "empty": empty,
}
CALLS = {
    "connect shared": lambda it: it.new.connect(),
    "connect exclusive": lambda it: it.new.connect(EXCLUSIVE),
    "connect direct": lambda it: it.new.connect(DIRECT, 0),
    "connect T=0": lambda it: it.new.connect(SHARED, T0),
    "connect raw": lambda it: it.new.connect(SHARED, RAW),
    "connect protocol 0": lambda it: it.new.connect(SHARED, 0),
    "connect share 7": lambda it: it.new.connect(7),
    "reconnect": lambda it: it.ours.reconnect(),
    "reconnect T=0": lambda it: it.ours.reconnect(protocols=T0),
    "reconnect T=0 reset": lambda it: it.ours.reconnect(action=RESET, protocols=T0),
    "reconnect unpower": lambda it: it.ours.reconnect(action=UNPOWER),
    "reconnect eject": lambda it: it.ours.reconnect(action=EJECT),
    "reconnect exclusive": lambda it: it.ours.reconnect(EXCLUSIVE),
    "reconnect direct": lambda it: it.ours.reconnect(DIRECT),
    "disconnect": lambda it: it.ours.disconnect(),
    "disconnect reset": lambda it: it.ours.disconnect(RESET),
    "disconnect unpower": lambda it: it.ours.disconnect(UNPOWER),
    "disconnect eject": lambda it: it.ours.disconnect(EJECT),
    "disconnect 9": lambda it: it.ours.disconnect(9),
    "begin": lambda it: it.ours.begin(),
    "end": lambda it: it.ours.end(),
    "end reset": lambda it: it.ours.end(RESET),
    "end unpower": lambda it: it.ours.end(UNPOWER),
    "end eject": lambda it: it.ours.end(EJECT),
    "end 9": lambda it: it.ours.end(9),
    "transmit T=1": lambda it: it.ours.transmit(T1),
    "transmit T=0": lambda it: it.ours.transmit(T0),
    "transmit raw": lambda it: it.ours.transmit(RAW),
    "status": lambda it: it.ours.status(),
    "control": lambda it: it.ours.control(),
    "control unknown": lambda it: it.ours.control(1),
    "attribute": lambda it: it.ours.attribute(),
    "attribute unknown": lambda it: it.ours.attribute(1),
}
# Whose transaction it is.
HOLDERS = {"trans": "ours", "its": "other"}
SOON = 0.1  # seconds: a call that does not wait has long been answered


def waits(world, state, call):
    """Is the call answered when the transaction has ended, and not before?"""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        told = pool.submit(CALLS[call], world)
        early = concurrent.futures.wait([told], SOON).done
        getattr(world, HOLDERS[state]).end()
        return NAMES[told.result()] if early else "waits"


def result_of(reader, state, call, wanted):
    world = World(reader)
    STATES[state](world)
    if wanted == "waits":
        told = waits(world, state, call)
    else:
        told = NAMES.get(result := CALLS[call](world)) or pcsc.SCardGetErrorMessage(result)
    world.release()
    return told


def main(service, reader):
    side = ("ours", "pcscd").index(service)
    first, *rows = TABLE.strip().splitlines()
    wrong = []
    for row in rows:
        call, cells = row[:19].strip(), row[20:].split()
        for state, cell in zip(first.split(), cells, strict=True):
            wanted = cell.split("/")[side if "/" in cell else 0]
            told = result_of(reader, state, call, wanted)
            if told != wanted:
                wrong.append(f"{call}, {state}: {told} in place of {wanted}")
    sys.exit("\n".join(wrong) or 0)


main(*sys.argv[1:])
