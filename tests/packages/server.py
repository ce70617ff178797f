#!/usr/bin/env python3
"""Serves a folder at https://localhost:8443. Usage: server.py FOLDER CERTIFICATE-AND-KEY. Logs requests."""
import functools
import http.server
import ssl
import sys

folder, certificate = sys.argv[1:]
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
server = http.server.ThreadingHTTPServer(("localhost", 8443), handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
