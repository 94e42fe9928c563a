#!/bin/sh
# Makes the secrets that docker-compose.yml reads, in ./secrets or in the folder named. Never replaces one.
#
# The folder is closed to everybody else on this machine; the files in it are not, because a container reads
# them under the number of its own user.
set -eu
folder=${1:-secrets}
if [ -e "$folder" ]; then
    echo "$folder is there already: nothing was changed" >&2
    exit 1
fi

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

mkdir -m 700 "$folder"
umask 022
database=$(random)
objects=$(random)
printf '%s\n' "$database" > "$folder/database_password"
printf 'postgresql://vaguemestre:%s@database/vaguemestre\n' "$database" > "$folder/database_url"
printf '%s\n' "$objects" > "$folder/objects_secret"
cat > "$folder/objects_access.json" <<END
{"identities": [{"name": "vaguemestre", "actions": ["Admin", "Read", "Write", "List"],
  "credentials": [{"accessKey": "vaguemestre", "secretKey": "$objects"}]}]}
END
echo "$folder: made"
