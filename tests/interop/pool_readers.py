"""Readers of a PC/SC service that sign as long as they are let, each with a thread.

usage: pool_readers.py SECONDS OUTPUT FIRST

Readers come and go with their cards. Each hash is signed once: its first two bytes are the number of
the reader, from FIRST on. OUTPUT gets a line for each signature that was answered: hash, answer; and
at last how many times the card or the answer was missing.
"""

import ctypes
import os
import sys
import threading
import time

LONG = ctypes.c_long
DWORD = ctypes.c_ulong
PIN = b"12345678"
SELECT = bytes.fromhex("00a4040005a000000308")
VERIFY = bytes.fromhex("0020008008") + PIN
SIGN = bytes.fromhex("0087119a267c2482008120")  # GENERAL AUTHENTICATE, P-256, key 9A; then the hash
ANY_PROTOCOL = 3
SHARED = 2
LEAVE = 0
UNAWARE = 0
CHANGED = 2


class ReaderState(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("user", ctypes.c_void_p), ("current", DWORD),
                ("event", DWORD), ("atr_size", DWORD), ("atr", ctypes.c_ubyte * 33)]


class Protocol(ctypes.Structure):
    _fields_ = [("protocol", DWORD), ("size", DWORD)]


pcsc = ctypes.CDLL("libpcsclite.so.1")
writing = threading.Lock()


class Gone(Exception):
    """The card or its answer is missing."""


class Reader:
    def __init__(self, number, name):
        self.number = number
        self.name = name
        self.context = LONG()
        self.card = LONG()
        self.count = 0
        self.gone = 0

    def check(self, status):
        if status & 0xFFFFFFFF:
            raise Gone

    def connect(self):
        protocol = DWORD()
        self.check(pcsc.SCardConnect(self.context, self.name, DWORD(SHARED), DWORD(ANY_PROTOCOL),
                                     ctypes.byref(self.card), ctypes.byref(protocol)))
        self.protocol = Protocol(protocol.value, ctypes.sizeof(Protocol))

    def transmit(self, command):
        answer = ctypes.create_string_buffer(300)
        size = DWORD(300)
        self.check(pcsc.SCardTransmit(self.card, ctypes.byref(self.protocol), command, DWORD(len(command)),
                                      None, answer, ctypes.byref(size)))
        return answer.raw[:size.value]

    def hash(self):
        self.count += 1
        return self.number.to_bytes(2, "big") + os.urandom(30)

    def sign_until(self, end, output):
        for command in (SELECT, VERIFY):
            if not self.transmit(command).endswith(b"\x90\x00"):
                raise Gone
        while time.monotonic() < end:
            asked = self.hash()
            answer = self.transmit(SIGN + asked + b"\x00")
            if not answer.endswith(b"\x90\x00"):
                raise Gone  # another one had the card meanwhile: no PIN
            with writing:
                output.write(f"{asked.hex()} {answer.hex()}\n")

    def wait_for_change(self):
        state = ReaderState(self.name, None, UNAWARE, 0, 0)
        pcsc.SCardGetStatusChange(self.context, DWORD(0), ctypes.byref(state), DWORD(1))
        state.current = state.event & ~CHANGED
        pcsc.SCardGetStatusChange(self.context, DWORD(500), ctypes.byref(state), DWORD(1))

    def run(self, end, output):
        self.check(pcsc.SCardEstablishContext(DWORD(0), None, None, ctypes.byref(self.context)))
        while time.monotonic() < end:
            try:
                self.connect()
                self.sign_until(end, output)
            except Gone:
                self.gone += 1
                pcsc.SCardDisconnect(self.card, DWORD(LEAVE))
                if time.monotonic() < end:
                    self.wait_for_change()


def names():
    context, size = LONG(), DWORD()
    pcsc.SCardEstablishContext(DWORD(0), None, None, ctypes.byref(context))
    pcsc.SCardListReaders(context, None, None, ctypes.byref(size))
    listed = ctypes.create_string_buffer(size.value)
    pcsc.SCardListReaders(context, None, listed, ctypes.byref(size))
    return [name for name in listed.raw.split(b"\0") if name]


def main():
    seconds, path, first = float(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    readers = [Reader(first + i, name) for i, name in enumerate(names())]
    end = time.monotonic() + seconds
    with open(path, "w", encoding="ascii") as output:
        threads = [threading.Thread(target=reader.run, args=(end, output)) for reader in readers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        served = sum(reader.count > 0 for reader in readers)
        output.write(f"# gone {sum(reader.gone for reader in readers)} asked "
                     f"{sum(reader.count for reader in readers)} served {served}\n")


main()
