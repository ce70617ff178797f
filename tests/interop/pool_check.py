"""Compares what readers were answered with what cards did, as their recordings say.

usage: pool_check.py CERTIFICATE ANSWERS... -- RECORDINGS...

Each signature that was answered was made, by one card, once; each is that of the card's key, of
some hundred that are looked at; and between two resets a card has one reader. Prints figures.
"""

import json
import random
import re
import subprocess
import sys
import tempfile

SIGN = re.compile("^0087119a267c2482008120([0-9a-f]{64})00$")
LOOKED_AT = 100


def made_by(recording):
    """Hashes and responses, in their order; None where the card was reset or had no answer."""
    asked = None
    for line in open(recording, encoding="utf-8"):
        entry = json.loads(line)
        if "command" in entry:
            found = SIGN.match(entry["command"])
            asked = found and found.group(1)
        elif "event" in entry:
            yield None, None
        elif asked and "response" in entry:
            response = entry["response"] or ""
            if response.endswith("9000"):
                yield asked, response
            asked = None


def verify(certificate, asked, answer):
    der = bytes.fromhex(answer)[4:-2]  # without 7C, 82 and their lengths, and the status
    with tempfile.NamedTemporaryFile() as hash_file, tempfile.NamedTemporaryFile() as signature:
        hash_file.write(bytes.fromhex(asked))
        signature.write(der)
        hash_file.flush()
        signature.flush()
        subprocess.run(["openssl", "pkeyutl", "-verify", "-certin", "-inkey", certificate, "-in",
                        hash_file.name, "-sigfile", signature.name], check=True, stdout=subprocess.DEVNULL)


def read_made(recordings):
    made, leases = {}, 0
    for recording in recordings:
        holder = None
        for asked, response in made_by(recording):
            if asked is None:
                holder = None
                continue
            reader = asked[:4]
            if holder not in (None, reader):
                sys.exit(f"{recording}: readers {holder} and {reader} without a reset between them")
            leases += holder is None
            holder = reader
            if asked in made:
                sys.exit(f"{asked} was signed twice: {recording}")
            made[asked] = response
    return made, leases


def main():
    at = sys.argv.index("--")
    certificate, answers, recordings = sys.argv[1], sys.argv[2:at], sys.argv[at + 1:]
    answered, notes = {}, [0, 0, 0]
    for path in answers:
        for line in open(path, encoding="ascii"):
            if line.startswith("#"):
                notes = [a + int(b) for a, b in zip(notes, line.split()[2::2])]
                continue
            asked, answer = line.split()
            answered[asked] = answer
    made, leases = read_made(recordings)
    for asked, answer in answered.items():
        if made.get(asked) != answer:
            sys.exit(f"{asked} was answered, and no card has signed it so")
    for asked in random.sample(sorted(answered), min(LOOKED_AT, len(answered))):
        verify(certificate, asked, answered[asked])
    gone, count, served = notes
    print(f"{len(answered)} signatures answered, {len(made)} made, {count} asked for; "
          f"{leases} times a card had a new reader; {served} readers had a card; {gone} times there was none")
    if not answered or not served:
        sys.exit("nothing was signed")


main()
