#!/bin/sh
# Installs the Debian packages that the tests run, where it may; says what is missing where it may not.
set -u
missing=""
for package in "$@"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ]; then as_root=""; elif sudo -n true 2>/dev/null; then as_root="sudo -n"; else
  echo "These packages are missing and cannot be installed without root:$missing" >&2
  echo "Install them (apt install$missing) and run make test again." >&2
  exit 3
fi
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -q >/dev/null && $as_root apt-get install -q -y --no-install-recommends $missing >/dev/null || {
  echo "Could not install:$missing. Install them by hand and run make test again." >&2
  exit 3
}
