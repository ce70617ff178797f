#!/usr/bin/python3
"""WebSocket peers that are not ours, with python3-websockets, for tests/interop/websocket.sh.

websocket_peer.py client URL SOCKET
    Connects to URL and to the UNIX socket, and carries bytes between them.
websocket_peer.py server FOLDER SOCKET [URL]
    Serves the UNIX socket as KubeVirt's API serves a virtual machine's USB redirection: at one path,
    over TLS, to clients with a token, and through an HTTP proxy, which is here, too. FOLDER has
    server.pem and token, and gets the two addresses in the file "addresses".
What it sends is fragmented, with pings among the messages.
"""
import asyncio
import http
import os
import ssl
import sys
import urllib.parse
import warnings

warnings.simplefilter("ignore", DeprecationWarning)
from websockets.legacy.client import connect  # noqa: E402
from websockets.legacy.server import serve  # noqa: E402

URL = "wss://127.0.0.1:0/apis/subresources.kubevirt.io/v1/namespaces/default/virtualmachineinstances/vm/usbredir"
SUBPROTOCOLS = ["plain.kubevirt.io"]  # a client may ask for none of them


async def first_end(*works):
    """Until one ends; its error counts."""
    tasks = [asyncio.ensure_future(work) for work in works]
    done, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()
    for task in done:
        task.result()


async def copy(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


async def carry(websocket, socket):
    reader, writer = await asyncio.open_unix_connection(socket)

    async def up():
        async for message in websocket:
            if isinstance(message, str):
                raise ValueError("a text message came")
            writer.write(message)
            await writer.drain()

    async def down():
        while data := await reader.read(4096):
            await websocket.send([data[at : at + 7] for at in range(0, len(data), 7)])
            pong = await websocket.ping(b"still there?")
            await pong

    try:
        await first_end(up(), down())
    finally:
        writer.close()


async def proxy(reader, writer):
    request = await reader.readuntil(b"\r\n\r\n")
    verb, target, _ = request.split(b"\r\n")[0].decode().split(" ")
    if verb != "CONNECT":
        raise ValueError(f"the proxy got {verb}")
    host, port = target.rsplit(":", 1)
    far_reader, far_writer = await asyncio.open_connection(host, port)
    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    try:
        await first_end(copy(reader, far_writer), copy(far_reader, writer))
    finally:
        far_writer.close()
        writer.close()


def port_of(server):
    return list(server.sockets)[0].getsockname()[1]


async def run_server(folder, socket, url=URL):
    place = urllib.parse.urlsplit(url)
    with open(os.path.join(folder, "token"), encoding="ascii") as file:
        bearer = "Bearer " + file.readline().rstrip("\n")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(folder, "server.pem"))

    async def judge(path, headers):
        if headers.get("Authorization") != bearer:
            return http.HTTPStatus.UNAUTHORIZED, [], b""
        return None if path == place.path else (http.HTTPStatus.NOT_FOUND, [], b"")

    async def handle(websocket, _path):
        await carry(websocket, socket)

    async with serve(
        handle, place.hostname, place.port, ssl=context, process_request=judge, subprotocols=SUBPROTOCOLS
    ) as api:
        tunnels = await asyncio.start_server(proxy, place.hostname, 0)
        temporary = os.path.join(folder, "addresses.new")
        with open(temporary, "w", encoding="ascii") as file:
            file.write(
                f"wss://{place.hostname}:{port_of(api)}{place.path} http://{place.hostname}:{port_of(tunnels)}\n"
            )
        os.rename(temporary, os.path.join(folder, "addresses"))
        await asyncio.Future()


async def run_client(url, socket):
    async with connect(url, subprotocols=["binary"]) as websocket:
        await carry(websocket, socket)


if __name__ == "__main__":
    asyncio.run({"client": run_client, "server": run_server}[sys.argv[1]](*sys.argv[2:]))
