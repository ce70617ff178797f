#!/usr/bin/env python3
"""slow_line.py LISTEN CONNECT MILLISECONDS COUNT [turns]: from one UNIX socket to another, each way so late.

It carries VSC. The file COUNT says how many commands have gone over it, from the host, which is at
CONNECT. With turns it carries anything, and COUNT says how often that side has gone on after it had
heard of the other; it is slow from the first SIGUSR1 on.
"""
import asyncio
import signal
import struct
import sys

HEADER = struct.Struct(">III")  # type, reader, length
APDU = 7


class Count:
    def __init__(self, path):
        self.path, self.number = path, -1
        self.add()

    def add(self):
        self.number += 1
        with open(self.path, "w", encoding="ascii") as file:
            file.write(f"{self.number}\n")


class Commands(Count):
    def begin(self):
        self.rest = b""

    def from_client(self, _):
        pass

    def from_host(self, data):
        self.rest += data
        while len(self.rest) >= HEADER.size:
            kind, _, length = HEADER.unpack_from(self.rest)
            if len(self.rest) < HEADER.size + length:
                return
            self.rest = self.rest[HEADER.size + length:]
            if kind == APDU:
                self.add()


class Turns(Count):
    def begin(self):
        self.heard = True

    def from_client(self, _):
        self.heard = True

    def from_host(self, _):
        if self.heard:
            self.add()
        self.heard = False


class Line:
    def __init__(self, delay):
        self.delay = delay

    async def carry(self, reader, writer, feed):
        loop = asyncio.get_running_loop()
        while data := await reader.read(65536):
            feed(data)
            loop.call_later(self.delay, writer.write, data)
        loop.call_later(self.delay, writer.close)


async def main(listen, connect, milliseconds, count, *turns):
    delay = float(milliseconds) / 1000
    counter = (Turns if turns else Commands)(count)
    line = Line(0 if turns else delay)
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, setattr, line, "delay", delay)

    async def serve(client, to_client):
        host, to_host = await asyncio.open_unix_connection(connect)
        counter.begin()
        await asyncio.gather(line.carry(client, to_host, counter.from_client),
                             line.carry(host, to_client, counter.from_host))

    async with await asyncio.start_unix_server(serve, listen) as server:
        await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
