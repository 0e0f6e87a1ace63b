#!/bin/sh
# A NetBox of its own in a Debian tree (root, mmdebstrap; ten minutes, most of them its migrations), and a push to it:
# dry run, push, push again, cut in the middle. Ends what it started, by process id, and removes the tree.
set -eu
cd "$(dirname "$0")/../.."
[ "$(id -u)" = 0 ] && command -v mmdebstrap >/dev/null || { echo "needs root and mmdebstrap" >&2; exit 3; }
tree=$(mktemp -d)
began=""
finish() {
  for file in $began; do [ ! -f "$tree/$file" ] || kill -INT "$(head -n 1 "$tree/$file")" 2>/dev/null || :; done
  sleep 2
  umount "$tree/proc" "$tree/dev" 2>/dev/null || :
  rm -rf --one-file-system "$tree"
}
trap finish EXIT
mmdebstrap --quiet --variant=minbase --include=python3,python3-venv,python3-dev,gcc,libc6-dev,libpq-dev,redis-server,postgresql,ca-certificates \
  trixie "$tree" ${MIRROR:+"$MIRROR"}
for file in /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/ssl/certs/ca-certificates.crt; do  # how this machine reaches packages
  [ ! -f "$file" ] || cp --dereference "$file" "$tree$file"
done
mount --bind /proc "$tree/proc"
mount --bind /dev "$tree/dev"
inside() { chroot "$tree" /bin/sh -ec "$1" </dev/null; }
inside 'python3 -m venv /opt/nb && PIP_FIND_LINKS= /opt/nb/bin/pip install -q "netbox==4.7.*"'
mkdir -p "$tree/opt/netbox/conf" "$tree/pg"
cat > "$tree/opt/netbox/conf/configuration.py" <<'PY'
ALLOWED_HOSTS = ["127.0.0.1"]
DATABASES = {"default": {"NAME": "netbox", "USER": "netbox", "HOST": "127.0.0.1", "PORT": "55432"}}
REDIS = {name: {"HOST": "127.0.0.1", "PORT": 56379, "DATABASE": at} for at, name in enumerate(("tasks", "caching"))}
SECRET_KEY = "of-a-netbox-that-lives-for-one-test-and-holds-nothing-at-all"
API_TOKEN_PEPPERS = {1: "of-a-netbox-that-lives-for-one-test-and-holds-nothing-at-all"}
PY
began="run/gunicorn.pid run/redis.pid pg/data/postmaster.pid"
inside 'chown postgres /pg && su postgres -s /bin/sh -c "cd / && PATH=/usr/lib/postgresql/17/bin:\$PATH && initdb -D /pg/data -A trust >/dev/null &&
  pg_ctl -D /pg/data -l /pg/log -o \"-p 55432 -h 127.0.0.1 -k /tmp -F\" -w start >/dev/null &&
  createuser -h 127.0.0.1 -p 55432 -s netbox && createdb -h 127.0.0.1 -p 55432 -O netbox netbox"
  redis-server --port 56379 --bind 127.0.0.1 --save "" --daemonize yes --pidfile /run/redis.pid >/dev/null
  cd /opt/netbox && NETBOX_ROOT=/opt/netbox /opt/nb/bin/netbox migrate >/dev/null'
cat > "$tree/tmp/token.py" <<'PY'
from users.models import Token, User
token = Token(user=User.objects.create_superuser("auscult"), version=2, write_enabled=True)
token.save()
open("/tmp/token", "w").write(f"nbt_{token.key}.{token.token}")
PY
inside 'cd /opt/netbox && export NETBOX_ROOT=/opt/netbox && /opt/nb/bin/netbox shell -c "exec(open(\"/tmp/token.py\").read())" >/dev/null
  cd "$(/opt/nb/bin/python -c "import site; print(site.getsitepackages()[0])")"
  /opt/nb/bin/gunicorn --daemon --pid /run/gunicorn.pid -b 127.0.0.1:58000 -w 2 --timeout 300 netbox.wsgi'
mkdir "$tree/sensor"
export SENSOR_DB="sqlite:///$tree/sensor/x.db" SENSOR_NETBOX_URL=http://127.0.0.1:58000 SENSOR_NETBOX_RATE=1000
SENSOR_NETBOX_TOKEN=$(cat "$tree/tmp/token") && export SENSOR_NETBOX_TOKEN
sensor=${SENSOR:-.venv/bin/sensor}
"$sensor" read pcaps/mini-hospital.pcap >/dev/null 2>&1
number=$("$sensor" devices --json | wc -l)
expect() { # what is printed first, then the command
  want=$1 && shift
  said=$("$@" | head -n 1)
  [ "$said" = "$want" ] || { echo "expected: $want; said: $said" >&2; exit 1; }
  echo "+ $*: $said"
}
sleep 5
expect "$number would be created, 0 would be updated, 0 would be unchanged" "$sensor" push netbox --dry-run
"$sensor" push netbox >/dev/null 2>&1 & pushing=$!
sleep 4 && kill -9 "$pushing" 2>/dev/null && echo "+ cut after four seconds"
wait "$pushing" 2>/dev/null || :
"$sensor" push netbox | head -n 1
expect "0 created, 0 updated, $number unchanged" "$sensor" push netbox
rm "$tree/sensor/x.db"* && "$sensor" read pcaps/mini-hospital.pcap >/dev/null 2>&1 # forgets what was pushed
expect "0 created, 0 updated, $number unchanged" "$sensor" push netbox
echo "a real NetBox: nothing twice, nothing lost"
