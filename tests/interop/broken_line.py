#!/usr/bin/env python3
"""broken_line.py LISTEN CONNECT BREAKS HELD BROKEN: a line from one UNIX socket to another that breaks.

So often, each time after HELD milliseconds of a connection; then nobody can connect for BROKEN
milliseconds. Afterwards it holds. What is on its way when it breaks is lost.
"""
import asyncio
import pathlib
import sys


def later(milliseconds):
    loop = asyncio.get_running_loop()
    past = loop.create_future()
    loop.call_later(milliseconds / 1000, past.set_result, None)
    return past


async def carry(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
    except ConnectionError:
        pass
    finally:
        writer.close()


async def hold(listen, connect, broken):
    """The line, until what `broken` gives, once the first connection is there, has come."""
    ends, first = [], asyncio.Event()

    async def serve(client, to_client):
        host, to_host = await asyncio.open_unix_connection(connect)
        ends.extend((to_client, to_host))
        first.set()
        await asyncio.gather(carry(client, to_host), carry(host, to_client))

    server = await asyncio.start_unix_server(serve, listen)
    await first.wait()
    await broken()
    server.close()
    pathlib.Path(listen).unlink(missing_ok=True)  # from Python 3.13 on close() does that
    for end in ends:
        end.transport.abort()


async def main(listen, connect, breaks, held, broken):
    for number in range(int(breaks)):
        await hold(listen, connect, lambda: later(int(held)))
        print("break", number + 1, flush=True)
        await later(int(broken))
    print("holds", flush=True)
    await hold(listen, connect, asyncio.Event().wait)


asyncio.run(main(*sys.argv[1:]))
