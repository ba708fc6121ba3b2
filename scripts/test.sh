#!/bin/sh
# Finds or fetches a browser, PostgreSQL, nginx, Caddy and coturn, then runs pytest in up to four workers with the
# arguments given. REQUIRE_BROWSER=1, REQUIRE_POSTGRES=1, REQUIRE_NGINX=1, REQUIRE_CADDY=1, REQUIRE_COTURN=1: none is a
# failure, not a skip.
# QUICK=1: leaves out the tests that take long or need one of those, and fetches nothing.
set -eu
cd "$(dirname "$0")/.."

if [ "${QUICK:-}" = 1 ]; then
    exec .venv/bin/python -m pytest -n auto -m "not browser and not postgres and not slow" \
        --ignore=tests/browser "$@"
fi

# absent NAME WHAT LOUD: stops where REQUIRE_NAME=1 is set, else says loudly what is skipped.
absent() {
    eval "required=\${REQUIRE_$1:-}"
    if [ "$required" = 1 ]; then
        echo "attune: $2 could not be had, and REQUIRE_$1=1 is set." >&2
        exit 1
    fi
    echo "attune: ==== $3 ====" >&2
}

if browser=$(.venv/bin/python -m scripts.browser); then
    ATTUNE_BROWSER=$browser
    export ATTUNE_BROWSER
else
    absent BROWSER "Chrome or Chromium" "NO BROWSER: the tests in tests/browser are SKIPPED. Install Chrome or Chromium."
fi
if postgres=$(.venv/bin/python -m scripts.postgres); then
    ATTUNE_POSTGRES=$postgres
    export ATTUNE_POSTGRES
else
    absent POSTGRES "PostgreSQL" "NO POSTGRESQL: the store is tested on SQLite ALONE. Install PostgreSQL's server."
fi
.venv/bin/python -m scripts.nginx >/dev/null ||
    absent NGINX "nginx" "NO NGINX: the tests behind a proxy are SKIPPED. Install nginx."
.venv/bin/python -m scripts.caddy >/dev/null ||
    absent CADDY "Caddy" "NO CADDY: the tests behind it are SKIPPED. Install Caddy."
.venv/bin/python -m scripts.coturn >/dev/null ||
    absent COTURN "coturn" "NO COTURN: the tests of TURN are SKIPPED. Install coturn."
exec .venv/bin/python -m pytest -n auto "$@"
