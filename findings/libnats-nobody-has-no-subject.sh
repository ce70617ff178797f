#!/usr/bin/env bash
# One would guess: when nobody listens to a request, the server's answer, an empty message with the status
#   503, comes to the subscription of the reply subjects as each other message does; so a program that has
#   many requests under way on one subscription sees by its subject which of them nobody has taken.
# Real: to a callback it does, with its subject. natsSubscription_NextMsg() throws it away: it gives the
#   status NATS_NO_RESPONDERS and no message. Which request it was cannot be found out.
# Where it matters: a program that asks several owners at a time whether they have something, and waits in
#   NextMsg(): it has to wait for each one's timeout, or to subscribe once for each request.
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

cat >ask.c <<'END'
#include <nats/nats.h>
#include <stdio.h>

static void on_message(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *closure) {
  (void)nc, (void)sub, (void)closure;
  printf("callback: %s, for %s\n", natsMsg_IsNoResponders(msg) ? "nobody" : "an answer", natsMsg_GetSubject(msg));
  fflush(stdout);
  natsMsg_Destroy(msg);
}

int main(void) {
  natsConnection *nc = NULL;
  natsSubscription *called = NULL, *asked = NULL;
  natsMsg *msg = NULL;
  if (natsConnection_ConnectTo(&nc, "nats://127.0.0.1:14222") != NATS_OK) return 1;
  natsConnection_Subscribe(&called, nc, "called.*", on_message, NULL);
  natsConnection_PublishRequestString(nc, "nobody.listens", "called.7", "");
  natsConnection_Flush(nc);
  nats_Sleep(200);
  natsConnection_SubscribeSync(&asked, nc, "asked.*");
  natsConnection_PublishRequestString(nc, "nobody.listens", "asked.7", "");
  const natsStatus status = natsSubscription_NextMsg(&msg, asked, 2000);
  printf("NextMsg: %s, %s\n", status == NATS_NO_RESPONDERS ? "nobody" : natsStatus_GetText(status),
         msg ? natsMsg_GetSubject(msg) : "no message");
  natsSubscription_Destroy(called), natsSubscription_Destroy(asked), natsConnection_Destroy(nc);
  return 0;
}
END
gcc -o ask ask.c -Iroot/usr/include -L"$library" -lnats -Wl,-rpath-link,"$library"
root/usr/sbin/nats-server --addr 127.0.0.1 --port 14222 >server.log 2>&1 &
server=$!
until grep -q 'Server is ready' server.log; do kill -0 "$server"; done

echo "libnats 3.4.1, nats-server 2.9.10"
LD_LIBRARY_PATH=$library ./ask | tee seen
grep -qx 'callback: nobody, for called.7' seen
grep -qx 'NextMsg: nobody, no message' seen
# Output seen:
#   libnats 3.4.1, nats-server 2.9.10
#   callback: nobody, for called.7
#   NextMsg: nobody, no message
