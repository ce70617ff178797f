#!/usr/bin/env bash
# One would guess: a client of NATS that sends pings gives its server up (natsOptions_SetMaxPingsOut()) when
#   the server has not answered them; so a program whose own event loop reads the socket, and which
#   computes for some seconds, finds the answers when it reads again, and goes on.
# Real: a thread of the library counts the pings that the program has not read an answer to. The answer
#   lies in the socket, unread, when that thread ends the connection: "Stale Connection". Without an event
#   loop of one's own the library reads in a thread, and the same pause harms nothing.
# Where it matters: every program that gives libnats its event loop and may be busy, or stopped, for longer
#   than the interval times the number of pings. A reader that wants to know whether the server has gone
#   has to look itself whether there are unread bytes, and to leave the library's limit far away.
# Needs: gcc, apt.
set -euo pipefail

work=$(mktemp -d)
server=''
trap '[[ ! $server ]] || kill "$server"; rm -rf "$work"' EXIT
cd "$work"

mkdir packages && (cd packages && apt-get -q download nats-server=2.9.10-1+b3 libnats3.4=3.4.1-1+b1 \
  libnats-dev=3.4.1-1+b1 libprotobuf-c1=1.4.1-1+b1 >/dev/null)
for package in packages/*.deb; do dpkg -x "$package" root; done
library=root/usr/lib/$(gcc -print-multiarch)

cat >pause.c <<'END'
#include <nats/nats.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

struct loop {
  natsConnection *nc;
  natsSock fd;
  bool writes;
};

static natsStatus attach(void **user, void *given, natsConnection *nc, natsSock fd) {
  struct loop *loop = *user = given;
  *loop = (struct loop){nc, fd, false};
  return NATS_OK;
}
static natsStatus reads(void *user, bool add) { return (void)user, (void)add, NATS_OK; }
static natsStatus writes(void *user, bool add) {
  ((struct loop *)user)->writes = add;
  return NATS_OK;
}
static natsStatus detach(void *user) { return (void)user, NATS_OK; }

/* The program's own loop, for a second. */
static void run(struct loop *loop) {
  for (int i = 0; i < 100; ++i) {
    struct pollfd at = {loop->fd, POLLIN | (loop->writes ? POLLOUT : 0), 0};
    if (poll(&at, 1, 10) < 1) continue;
    if (at.revents & POLLOUT) natsConnection_ProcessWriteEvent(loop->nc);
    if (at.revents & POLLIN) natsConnection_ProcessReadEvent(loop->nc);
  }
}

int main(int count, char **words) {
  const bool own = count > 1 && strcmp(words[1], "own") == 0;
  struct loop loop = {0};
  natsOptions *options = NULL;
  natsConnection *nc = NULL;
  natsOptions_Create(&options);
  natsOptions_SetURL(options, "nats://127.0.0.1:14223");
  natsOptions_SetAllowReconnect(options, false);
  natsOptions_SetPingInterval(options, 1000);
  natsOptions_SetMaxPingsOut(options, 2);
  if (own) natsOptions_SetEventLoop(options, &loop, attach, reads, writes, detach);
  if (natsConnection_Connect(&nc, options) != NATS_OK) return 1;
  if (own) run(&loop);
  char unread[256] = "";
  for (int i = 0; i < 50 && natsConnection_Status(nc) == NATS_CONN_STATUS_CONNECTED; ++i) {
    if (own) recv(loop.fd, unread, sizeof unread - 1, MSG_PEEK | MSG_DONTWAIT);
    nats_Sleep(100);
  }
  const char *why = NULL;
  const natsStatus last = natsConnection_GetLastError(nc, &why);
  const bool connected = natsConnection_Status(nc) == NATS_CONN_STATUS_CONNECTED;
  printf("%s: %s", own ? "own loop" : "library's thread", connected ? "connected" : natsStatus_GetText(last));
  puts(strstr(unread, "PONG") ? ", with an answer unread" : "");
  return 0;
}
END
gcc -o pause pause.c -Iroot/usr/include -L"$library" -lnats -Wl,-rpath-link,"$library"
root/usr/sbin/nats-server --addr 127.0.0.1 --port 14223 >server.log 2>&1 &
server=$!
until grep -q 'Server is ready' server.log; do kill -0 "$server"; done

echo "libnats 3.4.1, nats-server 2.9.10; a pause of 5 s, a ping each second, 2 may be out"
for reader in thread own; do LD_LIBRARY_PATH=$library timeout 60 ./pause "$reader"; done | tee seen
grep -qx "library's thread: connected" seen
grep -qx 'own loop: Stale Connection, with an answer unread' seen
# Output seen:
#   libnats 3.4.1, nats-server 2.9.10; a pause of 5 s, a ping each second, 2 may be out
#   library's thread: connected
#   own loop: Stale Connection, with an answer unread
