#!/usr/bin/env python3
"""Serves a folder at https://localhost:8443. Usage: server.py FOLDER CERTIFICATE-AND-KEY. Logs requests."""
import functools
import http.server
import ssl
import sys



class Handler(http.server.SimpleHTTPRequestHandler):
    # With 1.0 it would break off each TLS connection, which Debian 13's apt takes for an error.
    protocol_version = "HTTP/1.1"


folder, certificate = sys.argv[1:]
handler = functools.partial(Handler, directory=folder)
server = http.server.ThreadingHTTPServer(("localhost", 8443), handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
