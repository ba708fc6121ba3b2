#!/bin/sh
# Restarts replicas one after the other, each when the one before it answers: sh update.sh 8501 8502
# A replica that does not answer within two minutes ends it, and the others go on with the old version.
set -eu
for port in "$@"; do
    systemctl restart "attune@$port"
    tries=0
    until curl --fail --silent --output /dev/null --max-time 2 "http://127.0.0.1:$port/_stcore/health"; do
        tries=$((tries + 1))
        if [ "$tries" -ge 120 ]; then
            echo "attune@$port does not answer: see journalctl -u attune@$port. The others were not restarted." >&2
            exit 1
        fi
        sleep 1
    done
    echo "attune@$port answers."
    # A proxy may leave a replica alone for some seconds after it was gone.
    sleep 5
done
