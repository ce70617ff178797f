#!/usr/bin/env python3
"""slow_line.py LISTEN CONNECT MILLISECONDS COUNT: VSC from one UNIX socket to another, each way so late.

The file COUNT says how many commands have gone over it, from the host, which is at CONNECT.
"""
import asyncio
import struct
import sys

HEADER = struct.Struct(">III")  # type, reader, length
APDU = 7


class Counter:
    def __init__(self, path):
        self.path, self.commands, self.rest = path, 0, b""
        self.write()

    def write(self):
        with open(self.path, "w", encoding="ascii") as file:
            file.write(f"{self.commands}\n")

    def feed(self, data):
        self.rest += data
        while len(self.rest) >= HEADER.size:
            kind, _, length = HEADER.unpack_from(self.rest)
            if len(self.rest) < HEADER.size + length:
                return
            self.rest = self.rest[HEADER.size + length:]
            if kind == APDU:
                self.commands += 1
                self.write()


async def carry(reader, writer, delay, feed):
    loop = asyncio.get_running_loop()
    while data := await reader.read(65536):
        feed(data)
        loop.call_later(delay, writer.write, data)
    loop.call_later(delay, writer.close)


async def main(listen, connect, milliseconds, count):
    counter = Counter(count)
    delay = float(milliseconds) / 1000

    async def serve(client, to_client):
        host, to_host = await asyncio.open_unix_connection(connect)
        counter.rest = b""
        await asyncio.gather(carry(client, to_host, delay, lambda data: None),
                             carry(host, to_client, delay, counter.feed))

    async with await asyncio.start_unix_server(serve, listen) as server:
        await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
