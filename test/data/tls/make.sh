#!/bin/sh
# Makes the certificates anew. They are valid from 2020 to 2120, so that no machine's clock is too early or too late.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/index.txt"
cat >"$work/ca.cnf" <<END
[ca]
default_ca = tests
[tests]
database = $work/index.txt
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
organizationName = supplied
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[localhost]
basicConstraints = critical, CA:FALSE
subjectAltName = DNS:localhost, IP:127.0.0.1
extendedKeyUsage = serverAuth
END

request() { # name, common name
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" -out "$work/$1.csr" \
    -subj "/O=Made for tests/CN=$2" 2>/dev/null
}
sign() { # name, extensions, how to sign
  name=$1 extensions=$2
  shift 2
  openssl ca -batch -notext -config "$work/ca.cnf" -extensions "$extensions" -in "$work/$name.csr" -out "$work/$name.pem" \
    -startdate 20200101000000Z -enddate 21200101000000Z "$@" 2>/dev/null
}

request ca "Test certificate authority"
sign ca authority -selfsign -keyfile "$work/ca.key"
request localhost localhost
sign localhost localhost -cert "$work/ca.pem" -keyfile "$work/ca.key"
openssl verify -CAfile "$work/ca.pem" "$work/localhost.pem"

for file in ca.pem localhost.pem localhost.key; do
  { echo "Made for tests: protects nothing. Do not trust it."; cat "$work/$file"; } >"$file"
done
