# shellcheck shell=bash disable=SC2034
# Keys of gpg for the laboratory, in it and gone with it: its agent has the laboratory's mark, and is stopped with the
# servers. Sourced after common.sh; a test that needs it is skipped where there is no gpg.

command -v gpg >/dev/null || { echo "SKIPPED: gpg is not installed (scripts/install-dependencies)"; exit 77; }

gpg_key=archive@barman.test
gpg_passphrase='c0rrect-h0rse-battery'
export GNUPGHOME=$LAB_DIR/gnupg

# Barman recognises what is encrypted for this kind alone (D-WAL-27).
gpg_rsa=$'Key-Type: RSA\nKey-Length: 2048\nSubkey-Type: RSA\nSubkey-Length: 2048'
# What is encrypted for this one has always the same size.
gpg_ecc=$'Key-Type: eddsa\nKey-Curve: ed25519\nSubkey-Type: ecdh\nSubkey-Curve: cv25519'

# A key with a passphrase, of the kind gpg_key_kind (rsa unless it is set). While it is made the agent has to remember that for a moment, and from then on never.
gpg_make_key() { # ADDRESS PASSPHRASE
  mkdir -p "$GNUPGHOME" && chmod 700 "$GNUPGHOME"
  printf 's2k-count 65536\n' >"$GNUPGHOME/gpg-agent.conf"
  gpg --quiet --batch --pinentry-mode loopback --gen-key >"$LAB_DIR/log/gpg.log" 2>&1 <<PARAMETERS || failed "making a key" "$(cat "$LAB_DIR/log/gpg.log")"
$([[ ${gpg_key_kind:-rsa} == rsa ]] && echo "$gpg_rsa" || echo "$gpg_ecc")
Name-Email: $1
Passphrase: $2
%commit
PARAMETERS
  printf 'max-cache-ttl 0\ndefault-cache-ttl 0\n' >>"$GNUPGHOME/gpg-agent.conf"
  gpgconf --kill gpg-agent
}

gpg_decrypted() { # FILE
  gpg --batch --quiet --pinentry-mode loopback --passphrase-fd 3 --decrypt "$1" 3<<<"$gpg_passphrase" 2>/dev/null
}

gpg_is_encrypted() { # FILE
  gpg --batch --list-packets --list-only "$1" 2>/dev/null | grep -q '^:pubkey enc packet'
}

gpg_make_key "$gpg_key" "$gpg_passphrase"
printf '%s\n' "$gpg_passphrase" >"$LAB_DIR/etc/passphrase"
chmod 600 "$LAB_DIR/etc/passphrase"
gpg_command="cat $LAB_DIR/etc/passphrase"
encrypted=("encryption = gpg" "encryption_key_id = $gpg_key")
