#!/bin/sh
# Serves the app in the prepared environment. Usage: sh scripts/serve.sh HOST PORT
set -eu
cd "$(dirname "$0")/.."

.venv/bin/python -m attune_settings --check
host=${1:-127.0.0.1}
port=${2:-8501}
case $host in
    127.* | localhost | ::1) ;;
    *) echo "attune: Open to the network. Other machines' cameras need HTTPS: see README.md, \"Serving other machines\"." >&2 ;;
esac
shown=$host
case $host in
    0.0.0.0 | ::) shown=$(hostname) ;;
    *:*) shown="[$host]" ;;
esac
echo "attune: http://$shown:$port (Ctrl-C stops it)"
exec .venv/bin/python -m streamlit run streamlit_app.py --server.address "$host" --server.port "$port"
