#!/bin/sh
# Finds or fetches a browser, PostgreSQL, nginx, Caddy and coturn, then runs pytest on up to four cores with the
# arguments given. REQUIRE_BROWSER=1, REQUIRE_POSTGRES=1, REQUIRE_NGINX=1, REQUIRE_CADDY=1, REQUIRE_COTURN=1: none is a
# failure, not a skip.
# QUICK=1: leaves out the tests that take long or need one of those, and fetches nothing.
set -eu
cd "$(dirname "$0")/.."

if [ "${QUICK:-}" = 1 ]; then
    exec .venv/bin/python -m pytest -n auto -m "not browser and not postgres and not slow" \
        --ignore=tests/browser "$@"
fi
if browser=$(.venv/bin/python -m scripts.browser); then
    ATTUNE_BROWSER=$browser
    export ATTUNE_BROWSER
elif [ "${REQUIRE_BROWSER:-}" = 1 ]; then
    echo "attune: No Chrome or Chromium could be had, and REQUIRE_BROWSER=1 is set." >&2
    exit 1
else
    echo "attune: ==== NO BROWSER: the tests in tests/browser are SKIPPED. Install Chrome or Chromium. ====" >&2
fi
if postgres=$(.venv/bin/python -m scripts.postgres); then
    ATTUNE_POSTGRES=$postgres
    export ATTUNE_POSTGRES
elif [ "${REQUIRE_POSTGRES:-}" = 1 ]; then
    echo "attune: PostgreSQL could not be had, and REQUIRE_POSTGRES=1 is set." >&2
    exit 1
else
    echo "attune: ==== NO POSTGRESQL: the store is tested on SQLite ALONE. Install PostgreSQL's server. ====" >&2
fi
if .venv/bin/python -m scripts.nginx >/dev/null; then
    :
elif [ "${REQUIRE_NGINX:-}" = 1 ]; then
    echo "attune: nginx could not be had, and REQUIRE_NGINX=1 is set." >&2
    exit 1
else
    echo "attune: ==== NO NGINX: the tests behind a proxy are SKIPPED. Install nginx. ====" >&2
fi
if .venv/bin/python -m scripts.caddy >/dev/null; then
    :
elif [ "${REQUIRE_CADDY:-}" = 1 ]; then
    echo "attune: Caddy could not be had, and REQUIRE_CADDY=1 is set." >&2
    exit 1
else
    echo "attune: ==== NO CADDY: the tests behind it are SKIPPED. Install Caddy. ====" >&2
fi
if .venv/bin/python -m scripts.coturn >/dev/null; then
    :
elif [ "${REQUIRE_COTURN:-}" = 1 ]; then
    echo "attune: coturn could not be had, and REQUIRE_COTURN=1 is set." >&2
    exit 1
else
    echo "attune: ==== NO COTURN: the tests of TURN are SKIPPED. Install coturn. ====" >&2
fi
exec .venv/bin/python -m pytest -n auto "$@"
