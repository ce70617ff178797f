#!/usr/bin/env bash
# Kerberos logs in with a card of certs-test: MIT's server on loopback, which checks what it checks by
# default, and kinit in `pcsc-bridge run` with OpenSC. The machine's own Kerberos is not used.
# shellcheck source=tests/interop/interop.bash
source "$(dirname "$0")/interop.bash"

PATH=$(dirname "$VSCCLIENT"):$PATH:/usr/sbin
data=$(cd "$(dirname "$0")/../data" && pwd)
kdc_log=$work/kdc.log
export KRB5_CONFIG=$work/krb5.conf KRB5_KDC_PROFILE=$work/kdc.conf KRB5CCNAME=FILE:$work/ticket

# The server's certificate is from the CA of the cards.
make_kdc_certificate() {
  openssl req -new -newkey rsa:2048 -nodes -keyout kdc.key -subj /CN=kdc -out kdc.csr
  openssl x509 -req -in kdc.csr -CA cards/ca/ca.pem -CAkey cards/ca/private/ca.key -days 30 \
    -extfile "$data/kdc-certificate.cnf" -extensions kdc -out kdc.pem
}

# What a site has to say: where its files are, and whom it trusts. Port 0 is the system's choice.
write_configuration() {
  cat >kdc.conf <<END
[realms]
  CORP.TEST = {
    database_name = $work/principal
    key_stash_file = $work/stash
    kdc_listen = ""
    kdc_tcp_listen = 127.0.0.1:0
    pkinit_identity = FILE:$work/kdc.pem,$work/kdc.key
    pkinit_anchors = FILE:$work/cards/ca/ca.pem
    pkinit_revoke = FILE:$work/cards/ca/crl.pem
  }
[logging]
  kdc = FILE:$kdc_log
END
  cat >krb5.conf <<END
[libdefaults]
  default_realm = CORP.TEST
  dns_lookup_kdc = false
  udp_preference_limit = 1
[realms]
  CORP.TEST = {
    pkinit_anchors = FILE:$work/cards/ca/ca.pem
    pkinit_cert_match = <EKU>pkinit
  }
END
}

# The principals have no password: only a card gets a ticket for them.
make_principals() {
  kdb5_util create -s -P "$RANDOM$RANDOM"
  local user
  for user in alice bob; do kadmin.local addprinc -nokey +requires_preauth "$user"; done
}

# The port on which a process listens.
port_of() {
  local socket
  socket=$(find "/proc/$1/fd" -lname 'socket:*' -printf '%l ')
  awk -v sockets="$socket" '$4 == "0A" && index(sockets, "[" $10 "]") { print $2 }' /proc/net/tcp |
    sed 's/.*:/0x/' | grep .
}

# It dies with the test.
start_kdc() {
  setpriv --pdeathsig KILL krb5kdc -n >kdc.out 2>&1 </dev/null &
  wait_for_line 'commencing operation' "$kdc_log"
  printf '[realms]\n  CORP.TEST = {\n    kdc = 127.0.0.1:%d\n  }\n' "$(port_of $!)" >>krb5.conf
}

# log_in CARD USER [PIN]: asks for a ticket with the card in this folder, through OpenSC.
log_in() {
  rm -f ticket
  timeout "$patience" "$PCSC_BRIDGE" run --card "soft:db=$work/cards/$1/nssdb" -- \
    kinit -X X509_user_identity=PKCS11:opensc-pkcs11.so "$2" <<<"${3-$pin}" >kinit.out 2>&1
}

# refused REASON CARD USER [PIN]: there is no ticket, and the server's log or kinit says why.
refused() {
  local reason=$1
  shift
  : >"$kdc_log"
  if log_in "$@"; then fail "$* was let in"; fi
  [[ ! -e ticket ]] || fail "$* was refused, but has a ticket"
  grep -q -e "$reason" "$kdc_log" kinit.out || fail "$*: no '$reason' in: $(cat "$kdc_log" kinit.out)"
}

cd "$work"
quietly "$CERTS_TEST" cards --subject 'Alice <alice@corp.test>' --subject 'Bob <bob@corp.test>' \
  --bad all
quietly make_kdc_certificate
write_configuration
quietly make_principals
start_kdc

step "each card gets its own ticket"
for user in alice bob; do
  log_in "cards/$user" "$user" || fail "$user is not let in: $(cat kinit.out "$kdc_log")"
  klist | grep -q "Default principal: $user@CORP.TEST"
  klist | grep -q "krbtgt/CORP.TEST@CORP.TEST"
done

step "the server refuses bad cards"
refused 'received certificate.*: certificate revoked' bad/revoked alice
refused 'verify failure: Inconsistent key purpose' bad/wrong-key-usage alice
refused 'verify failure: Client name mismatch' cards/bob alice

step "kinit does not even ask it for those it sees through itself"
refused 'own certificate.*: certificate has expired' bad/expired alice
refused 'own certificate.*: certificate is not yet valid' bad/not-yet-valid alice
refused 'own certificate.*: self-signed certificate' bad/self-signed alice
refused 'own certificate.*: unable to get local issuer certificate' bad/wrong-issuer alice
refused 'Preauthentication failed\|pin incorrect' cards/alice alice 99999999
