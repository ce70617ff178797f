#!/usr/bin/env python3
"""vpcd_card.py listen|connect ADDRESS [FAULT]: a virtual card that speaks vpcd's protocol, written
apart from ours. ADDRESS is HOST:PORT or the path of a UNIX socket. Its commands are those of
tests/peer/echo_card.cpp. It prints what it is told: off, on, reset, with its first ATR "served",
before a late answer "late".
FAULT: short (answers have one byte), mute (there are none), talks (sends one unasked)."""

import select
import socket
import sys

ATR = bytes.fromhex("3b808131fe458b")


def say(word):
    print(word, flush=True)


def receive(stream, size):
    data = b""
    while len(data) < size:
        some = stream.recv(size - len(data))
        if not some:
            sys.exit(0)
        data += some
    return data


def send(stream, data):
    stream.sendall(len(data).to_bytes(2, "big") + data)


def answer(command):
    number = command[2] << 8 | command[3]
    if command[1] == 1:  # echo
        extended = command[4] == 0 and len(command) > 7
        size = int.from_bytes(command[5:7], "big") if extended else command[4]
        start = 7 if extended else 5
        return command[start:start + size] + b"\x90\x00"
    if command[1] == 2:  # so many bytes
        return bytes(i & 0xFF for i in range(number - 2)) + b"\x90\x00"
    if command[1] == 3:
        say("late")
        select.select([], [], [], number)
    return b"\x90\x00"


def serve(stream, fault):
    first = True
    while True:
        message = receive(stream, int.from_bytes(receive(stream, 2), "big"))
        if message == b"\x04":
            send(stream, ATR)
            if first:
                say("served")
            first = False
            if fault == "talks":
                send(stream, b"\x90\x00")
        elif len(message) == 1:
            say({0: "off", 1: "on", 2: "reset"}[message[0]])
        elif fault != "mute":
            send(stream, b"\x90" if fault == "short" else answer(message))


def open_stream(mode, address):
    unix = "/" in address
    stream = socket.socket(socket.AF_UNIX if unix else socket.AF_INET)
    host, _, port = address.rpartition(":")
    target = address if unix else (host, int(port))
    if mode == "connect":
        stream.connect(target)
        return stream
    stream.bind(target)
    stream.listen()
    say("listening")
    return stream.accept()[0]


try:
    serve(open_stream(sys.argv[1], sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")
except (BrokenPipeError, ConnectionResetError):
    pass  # the reader has closed
