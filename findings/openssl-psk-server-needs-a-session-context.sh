#!/usr/bin/env bash
# One would guess: a session id context is for servers that resume sessions and ask for certificates, as
#   SSL_CTX_set_session_id_context(3) has it. A server that takes an external pre-shared key resumes
#   nothing, and asks a client with such a key for no certificate, so it needs none.
# Real: OpenSSL makes a session of the key, and looks at that as at one that is resumed. With
#   SSL_VERIFY_PEER and without a context, a TLS 1.3 server ends the handshake with the alert
#   internal_error, whatever the key is; with any context it goes on. Both in 3.0 and in 3.5.
# Where it matters: a server on which some clients have a key and others certificates. The same server
#   works for each kind alone, and its own error queue is the only place that names the context.
# Needs: mmdebstrap, and root, for the root folders.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >psk.c <<'END'
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

static const unsigned char key[32] = "a key that both have, 32 bytes!";

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

static const char *meet(int verify, int context) {
  SSL_CTX *ours = SSL_CTX_new(TLS_server_method()), *theirs = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_min_proto_version(ours, TLS1_3_VERSION);
  SSL_CTX_set_psk_server_callback(ours, server_key);
  SSL_CTX_set_psk_client_callback(theirs, client_key);
  SSL_CTX_set_verify(ours, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
  if (context) SSL_CTX_set_session_id_context(ours, (const unsigned char *)"x", 1);
  SSL *server = SSL_new(ours), *client = SSL_new(theirs);
  BIO *one, *other;
  BIO_new_bio_pair(&one, 0, &other, 0);
  SSL_set_bio(server, one, one);
  SSL_set_bio(client, other, other);
  SSL_set_accept_state(server);
  SSL_set_connect_state(client);
  for (int flight = 0; flight < 5; flight++) {
    ERR_clear_error();
    int result = SSL_do_handshake(client);
    if (SSL_get_error(client, result) == SSL_ERROR_SSL)
      return ERR_reason_error_string(ERR_peek_error());
    SSL_do_handshake(server);
  }
  return SSL_is_init_finished(server) ? "done" : "not done";
}

int main(void) {
  printf("key alone: %s; certificates wanted: %s; with a context: %s\n", meet(0, 0), meet(1, 0),
         meet(1, 1));
}
END

look() { # RELEASE PACKAGE
  mmdebstrap --quiet --variant=extract --include="$2,gcc,libc6-dev,base-files" "$1" root http://deb.debian.org/debian
  cp psk.c root/
  chroot root gcc -o /psk /psk.c -lssl -lcrypto
  echo "$2: $(chroot root /psk)"
  rm -rf root
}

{
  look bookworm libssl-dev=3.0.20-1~deb12u2
  look trixie libssl-dev=3.5.9-1~deb13u1
} | tee seen
[[ $(grep -cE ': key alone: done; certificates wanted: .*alert internal error; with a context: done$' seen) == 2 ]]
# Output seen:
#   libssl-dev=3.0.20-1~deb12u2: key alone: done; certificates wanted: tlsv1 alert internal error; with a context: done
#   libssl-dev=3.5.9-1~deb13u1: key alone: done; certificates wanted: tlsv1 alert internal error; with a context: done
