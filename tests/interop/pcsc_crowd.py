#!/usr/bin/python3
"""Programs of a PC/SC service that get in each other's way.

Usage: pcsc_crowd.py without-namespaces COMMAND...   runs it where unshare(2) is refused, as Docker does
       pcsc_crowd.py transactions SECONDS            two programs read a long object in turns, whole each time
       pcsc_crowd.py die                             a program is killed in its transaction, the next one has it
       pcsc_crowd.py hostile                         programs that send rubbish, half messages, or do not read
"""

import ctypes
import errno
import os
import random
import resource
import signal
import socket
import struct
import subprocess
import sys
import time

import smartcard.scard as pcsc

SELECT_PIV = [0x00, 0xA4, 0x04, 0x00, 0x05, 0xA0, 0x00, 0x00, 0x03, 0x08]
READ_CERTIFICATE = [0x00, 0xCB, 0x3F, 0xFF, 0x05, 0x5C, 0x03, 0x5F, 0xC1, 0x05, 0x00]
GET_RESPONSE = [0x00, 0xC0, 0x00, 0x00, 0x00]
CONNECTIONS = 1000  # of which the service keeps 200 of one process
KILOBYTES = 65536  # what they may cost it


def check(result, call):
    if result != pcsc.SCARD_S_SUCCESS:
        sys.exit(f"{call}: {pcsc.SCardGetErrorMessage(result)}")


class Program:
    def __init__(self):
        result, self.context = pcsc.SCardEstablishContext(pcsc.SCARD_SCOPE_SYSTEM)
        check(result, "SCardEstablishContext")
        result, readers = pcsc.SCardListReaders(self.context, [])
        check(result, "SCardListReaders")
        result, self.card, self.protocol = pcsc.SCardConnect(
            self.context, readers[0], pcsc.SCARD_SHARE_SHARED, pcsc.SCARD_PROTOCOL_ANY)
        check(result, "SCardConnect")

    def begin(self):
        check(pcsc.SCardBeginTransaction(self.card), "SCardBeginTransaction")

    def end(self):
        check(pcsc.SCardEndTransaction(self.card, pcsc.SCARD_LEAVE_CARD), "SCardEndTransaction")

    def transmit(self, command):
        result, response = pcsc.SCardTransmit(self.card, self.protocol, command)
        check(result, "SCardTransmit")
        return response[:-2], response[-2]

    def read(self):
        """A certificate, in several responses: a command between them would cut it off."""
        self.begin()
        self.transmit(SELECT_PIV)
        whole, status = self.transmit(READ_CERTIFICATE)
        while status == 0x61:
            part, status = self.transmit(GET_RESPONSE)
            whole += part
        self.end()
        if status != 0x90 or len(whole) < 300:
            sys.exit(f"the certificate ends after {len(whole)} bytes with {status:02x}")
        return whole

    def read_again(self, seconds):
        first, count, until = self.read(), 1, time.monotonic() + seconds
        while time.monotonic() < until:
            count += 1
            if self.read() != first:
                sys.exit("another certificate")
        return count


def start(*words):
    return subprocess.Popen([sys.executable, __file__, *words], stdout=subprocess.PIPE, text=True)


def transactions(seconds):
    counts = [int(it.communicate()[0] or 0) for it in [start("read", seconds), start("read", seconds)]]
    print("transactions:", *counts)
    if min(counts) * 10 < max(counts):
        sys.exit("one program waits for the other")


def die():
    killed = start("hold")
    killed.stdout.readline()
    waiting = start("read", "0")
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    if waiting.wait(timeout=20) != 0:
        sys.exit("nobody has the transaction of the one that was killed")


def hold():
    program = Program()
    program.begin()
    print("holding", flush=True)
    signal.pause()


def rubbish(kind):
    if kind == 0:
        return random.randbytes(64)
    if kind == 1:  # a command that there is, and half of what belongs to it
        return struct.pack("=II", 12, 0x09) + bytes(5)
    if kind == 2:  # more than there may be
        return struct.pack("=II", 0xFFFFFFFF, 0x09)
    if kind == 3:  # the handle of nobody, or of another
        return struct.pack("=II", 32, 0x09) + struct.pack("=IIIIIIII", random.getrandbits(32), 0, 8, 5, 0, 8, 264, 0)
    return struct.pack("=II", 0, 0x12) * 2000  # asks for the states, and reads none


def hostile():
    service = socket.socket(socket.AF_UNIX)
    service.connect(os.environ["PCSCLITE_CSOCK_NAME"])
    peer = struct.unpack("3i", service.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
    before = resident(peer)
    hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard_limit, 2 * CONNECTIONS), hard_limit))
    others = []
    for i in range(CONNECTIONS):
        other = socket.socket(socket.AF_UNIX)
        other.connect(os.environ["PCSCLITE_CSOCK_NAME"])
        other.setblocking(False)
        try:
            other.send(rubbish(i % 5))
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EPIPE, errno.ECONNRESET):
                raise
        others.append(other)
    reader = start("read", "1")
    if reader.wait(timeout=20) != 0:
        sys.exit("a program notices the others")
    if resident(peer) - before > KILOBYTES:
        sys.exit(f"the service grows from {before} to {resident(peer)} kB")


def resident(process):
    with open(f"/proc/{process}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def without_namespaces(command):
    seccomp = ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    allow, refuse = 0x7FFF0000, 0x00050000 | errno.EPERM
    rules = ctypes.c_void_p(seccomp.seccomp_init(allow))
    number = seccomp.seccomp_syscall_resolve_name(b"unshare")
    if seccomp.seccomp_rule_add(rules, refuse, number, 0) or seccomp.seccomp_load(rules):
        sys.exit("no filter")
    os.execvp(command[0], command)


task, *words = sys.argv[1:]
if task == "read":
    print(Program().read_again(float(words[0])))
elif task == "without-namespaces":
    without_namespaces(words)
else:
    {"transactions": transactions, "die": die, "hold": hold, "hostile": hostile}[task](*words)
