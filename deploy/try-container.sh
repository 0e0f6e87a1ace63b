#!/bin/sh
# Runs the steps of deploy/Containerfile in a Debian tree of its own (root; mmdebstrap), then reads a sample capture there.
# Both stages share one tree: what is tried is that each step works, not that the second needs nothing of the first.
set -eu
cd "$(dirname "$0")/.."
command -v mmdebstrap >/dev/null || { echo "needs mmdebstrap: apt install mmdebstrap" >&2; exit 3; }
[ "$(id -u)" = 0 ] || { echo "needs root" >&2; exit 3; }
tree=$(mktemp -d)
trap 'rm -rf --one-file-system "$tree"' EXIT
packages=$(sed -n 's/^RUN apt-get.*--no-install-recommends \([^&]*\).*/\1/p' deploy/Containerfile | tr ' ' '\n' | sort -u | grep . | paste -sd,)
mmdebstrap --quiet --variant=minbase --include="$packages,ca-certificates" bookworm "$tree" ${MIRROR:+"$MIRROR"}
mkdir -p "$tree/src"
git archive HEAD | tar -x -C "$tree/src"
for file in /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/ssl/certs/ca-certificates.crt; do  # how this machine reaches packages
  [ ! -f "$file" ] || cp --dereference "$file" "$tree$file"
done
sed -n 's/^RUN //p' deploy/Containerfile | grep -v '^apt-get' | while read -r step; do
  echo "+ $step"
  chroot "$tree" /bin/sh -ec "$step" </dev/null
done
chroot "$tree" /bin/sh -ec 'cd /var/lib/auscult && /opt/auscult/bin/sensor read /src/pcaps/mini-hospital.pcap && /opt/auscult/bin/sensor devices' | tail -n 5
chroot "$tree" /opt/auscult/bin/python -c 'from sensor.wire.kernel import COMPILED; assert COMPILED'
echo "deploy/Containerfile: every step works"
