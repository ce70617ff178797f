#!/usr/bin/env bash
# One would guess: to clear OpenSSL's error queue when no error is in it costs next to nothing. The manual
#   asks for ERR_clear_error() before each SSL_read() and SSL_write(), and libraries (Asio's SSL streams,
#   for one) do that for every record.
# Real: it goes through all 16 places of the queue, used or not, and frees and wipes what each may hold, in
#   3.0 as in 3.5. ERR_peek_error() on the same empty queue is many times cheaper.
# Where it matters: records of some bytes, as a smart card's: two clears are a good part of what it takes to
#   encrypt and decrypt one. To clear only if ERR_peek_error() tells of an error leaves the same queue.
# Needs: mmdebstrap, and root, for the root folders.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >records.c <<'END'
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const unsigned char key[32] = "a key that both have, 32 bytes!";
static SSL *server, *client;

static unsigned server_key(SSL *ssl, const char *name, unsigned char *psk, unsigned most) {
  (void)ssl, (void)name, (void)most;
  memcpy(psk, key, sizeof key);
  return sizeof key;
}
static unsigned client_key(SSL *ssl, const char *hint, char *name, unsigned most_name,
                           unsigned char *psk, unsigned most) {
  (void)ssl, (void)hint, (void)most;
  snprintf(name, most_name, "me");
  memcpy(psk, key, sizeof key);
  return sizeof key;
}

static void meet(void) {
  SSL_CTX *ours = SSL_CTX_new(TLS_server_method()), *theirs = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_psk_server_callback(ours, server_key);
  SSL_CTX_set_psk_client_callback(theirs, client_key);
  server = SSL_new(ours), client = SSL_new(theirs);
  BIO *one, *other;
  BIO_new_bio_pair(&one, 0, &other, 0);
  SSL_set_bio(server, one, one);
  SSL_set_bio(client, other, other);
  SSL_set_accept_state(server);
  SSL_set_connect_state(client);
  for (int flight = 0; flight < 5; flight++) SSL_do_handshake(client), SSL_do_handshake(server);
  ERR_clear_error();
}

static void clear(void) { ERR_clear_error(); }
static void peek(void) {
  if (ERR_peek_error()) abort();
}
static void record(void) {
  char bytes[20] = "";
  if (SSL_write(client, bytes, sizeof bytes) != sizeof bytes) abort();
  if (SSL_read(server, bytes, sizeof bytes) != sizeof bytes) abort();
}

static int by_size(const void *a, const void *b) {
  return *(const long *)a < *(const long *)b ? -1 : 1;
}

/* Nanoseconds for a call: the median of 101 times 1000. */
static long cost(void (*call)(void)) {
  long taken[101];
  for (int i = 0; i < 101; i++) {
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int j = 0; j < 1000; j++) call();
    clock_gettime(CLOCK_MONOTONIC, &to);
    taken[i] = (to.tv_sec - from.tv_sec) * 1000000000L + to.tv_nsec - from.tv_nsec;
  }
  qsort(taken, 101, sizeof *taken, by_size);
  return taken[50] / 1000;
}

int main(void) {
  meet();
  long cleared = cost(clear), peeked = cost(peek), both = cost(record);
  printf("clear %ld ns, peek %ld ns, a record of 20 bytes %ld ns; a clear is %s\n", cleared, peeked,
         both, cleared > 3 * peeked ? "dear" : "cheap");
}
END

look() { # RELEASE PACKAGE
  mmdebstrap --quiet --variant=extract --include="$2,gcc,libc6-dev,base-files" "$1" root http://deb.debian.org/debian
  cp records.c root/
  chroot root gcc -O1 -o /records /records.c -lssl -lcrypto
  echo "$2: $(chroot root /records)"
  rm -rf root
}

{
  look bookworm libssl-dev=3.0.20-1~deb12u2
  look trixie libssl-dev=3.5.9-1~deb13u1
} | tee seen
[[ $(grep -c 'a clear is dear$' seen) == 2 ]]
# Output seen:
#   libssl-dev=3.0.20-1~deb12u2: clear 97 ns, peek 19 ns, a record of 20 bytes 1448 ns; a clear is dear
#   libssl-dev=3.5.9-1~deb13u1: clear 119 ns, peek 20 ns, a record of 20 bytes 1456 ns; a clear is dear
