#!/usr/bin/python3
"""pyscard in `pcsc-bridge run`: its monitors see a card and a reader come and go, and it transmits.

Usage: pyscard_user.py CARD [READER_TO_ADD]
"""

import os
import subprocess
import sys
import threading

from smartcard.CardMonitoring import CardMonitor, CardObserver
from smartcard.CardType import AnyCardType
from smartcard.CardRequest import CardRequest
from smartcard.ReaderMonitoring import ReaderMonitor, ReaderObserver

PATIENCE = 30  # seconds
SELECT_PIV = [0x00, 0xA4, 0x04, 0x00, 0x05, 0xA0, 0x00, 0x00, 0x03, 0x08]


class Seen:
    """What a monitor has told, by whether it came or went."""

    def __init__(self):
        self.changed = threading.Condition()
        self.there = set()

    def note(self, came, went):
        with self.changed:
            self.there |= {str(it) for it in came}
            self.there -= {str(it) for it in went}
            self.changed.notify_all()

    def wait(self, count, what):
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.there) == count, PATIENCE):
                sys.exit(f"{what}: {self.there}")


class Cards(Seen, CardObserver):
    def update(self, _, actions):
        self.note(*actions)


class Readers(Seen, ReaderObserver):
    def update(self, _, actions):
        self.note(*actions)


def ctl(*words):
    subprocess.run(["pcsc-bridge", "ctl", *words], check=True, stdout=subprocess.DEVNULL)


def transmit():
    service = CardRequest(timeout=PATIENCE, cardType=AnyCardType()).waitforcard()
    service.connection.connect()
    data, sw1, sw2 = service.connection.transmit(SELECT_PIV)
    if (sw1, sw2) != (0x90, 0x00) or data[0] != 0x61:
        sys.exit(f"the card answers {data} {sw1:02x}{sw2:02x}")
    service.connection.disconnect()


def main(card, reader=None):
    transmit()
    cards, readers = Cards(), Readers()
    CardMonitor().addObserver(cards)
    ReaderMonitor().addObserver(readers)
    readers.wait(1, "a reader")
    for move in ["remove", "insert"] * 2:  # pyscard 2.2 tells nothing of a card that is already there
        ctl(move, card)
    cards.wait(1, "a card")
    ctl("remove", card)
    cards.wait(0, "no card")
    ctl("insert", card)
    cards.wait(1, "the card again")
    transmit()
    if reader is not None:
        ctl("add-reader", reader)
        readers.wait(2, "two readers")
        ctl("remove-reader", reader)
        readers.wait(1, "one reader again")
    os._exit(0)  # the monitors' threads would go on


main(*sys.argv[1:])
