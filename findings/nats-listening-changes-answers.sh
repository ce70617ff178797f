#!/usr/bin/env bash
# One would guess: who only listens on a NATS server, as a monitor on ">" or a stream that records, is
#   not seen by the programs that ask and answer.
# Real: it changes what is answered. The server says "no responders" only while nobody at all has a
#   subscription that fits, so with a monitor on ">" a request to a service that does not run ends with
#   its timeout, and not at once. And a JetStream stream that records the subject answers the request
#   itself, with the receipt of what it stored, before the service does. Both in 2.9 and in 2.10.
# Where it matters: a program that asks for what may not be there, and takes the server's word for it:
#   with a monitor it has to live with the timeout. Whoever records has to make the stream with no_ack, or
#   the first that comes to the program is {"stream": …}, which it takes for the answer.
# Needs: mmdebstrap, and root, for the root folders.
set -euo pipefail

work=$(mktemp -d)
server=''
trap '[[ ! $server ]] || kill "$server"; rm -rf "$work"' EXIT
cd "$work"

cat >ask.c <<'END'
#include <nats/nats.h>
#include <stdio.h>

static void listen_only(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *closure) {
  (void)nc, (void)sub, (void)closure;
  natsMsg_Destroy(msg);
}

static void answer(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *closure) {
  (void)sub, (void)closure;
  nats_Sleep(100);  // as long as a smart card takes
  natsConnection_PublishString(nc, natsMsg_GetReply(msg), "the service");
  natsMsg_Destroy(msg);
}

static void ask(natsConnection *nc, const char *subject, const char *when) {
  natsMsg *msg = NULL;
  const natsStatus status = natsConnection_RequestString(&msg, nc, subject, "question", 2000);
  printf("%s: %s; ", when, msg ? natsMsg_GetData(msg) : natsStatus_GetText(status));
  natsMsg_Destroy(msg);
}

static int record(natsConnection *nc, const char *subject) {
  jsCtx *js = NULL;
  jsStreamConfig config;
  jsStreamConfig_Init(&config);
  config.Name = "RECORD";
  config.Subjects = &subject;
  config.SubjectsLen = 1;
  config.Storage = js_MemoryStorage;
  const natsStatus status = natsConnection_JetStream(&js, nc, NULL);
  const int made = status == NATS_OK && js_AddStream(NULL, js, &config, NULL, NULL) == NATS_OK;
  jsCtx_Destroy(js);
  return made;
}

int main(void) {
  natsConnection *nc = NULL, *other = NULL;
  natsSubscription *monitor = NULL, *service = NULL;
  if (natsConnection_ConnectTo(&nc, "nats://127.0.0.1:14222") != NATS_OK) return 1;
  if (natsConnection_ConnectTo(&other, "nats://127.0.0.1:14222") != NATS_OK) return 1;
  ask(nc, "nobody.there", "no service");
  natsConnection_Subscribe(&monitor, other, ">", listen_only, NULL);
  natsConnection_Flush(other);
  ask(nc, "nobody.there", "with a monitor");
  natsSubscription_Destroy(monitor);
  natsConnection_Subscribe(&service, other, "somebody.there", answer, NULL);
  natsConnection_Flush(other);
  ask(nc, "somebody.there", "a service");
  if (!record(nc, "somebody.>")) return 1;
  ask(nc, "somebody.there", "recorded");
  printf("\n");
  natsSubscription_Destroy(service), natsConnection_Destroy(nc), natsConnection_Destroy(other);
  return 0;
}
END

look() { # RELEASE PACKAGES
  mmdebstrap --quiet --variant=extract --include="$2,base-files,gcc,libc6-dev" "$1" root http://deb.debian.org/debian
  cp ask.c root/
  chroot root gcc -o /ask /ask.c -lnats
  chroot root /usr/sbin/nats-server --addr 127.0.0.1 --port 14222 --jetstream --store_dir /store >server.log 2>&1 &
  server=$!
  until grep -qs 'Server is ready' server.log; do kill -0 "$server"; done
  echo "${2%%,*}: $(chroot root /ask)"
  kill "$server"
  wait "$server" || true
  server=''
  rm -rf root
}

{
  look bookworm nats-server=2.9.10-1+b3,libnats-dev=3.4.1-1+b1
  look trixie nats-server=2.10.27-1+b2,libnats-dev=3.10.1-1
} | tee seen
expected='no service: No responders available for request; with a monitor: Timeout; a service: the service; recorded: {"stream":"RECORD", *"seq":1};'
[[ $(grep -c ": $expected" seen) == 2 ]]
# Output seen:
#   nats-server=2.9.10-1+b3: no service: No responders available for request; with a monitor: Timeout; a service: the service; recorded: {"stream":"RECORD", "seq":1};
#   nats-server=2.10.27-1+b2: no service: No responders available for request; with a monitor: Timeout; a service: the service; recorded: {"stream":"RECORD", "seq":1};
