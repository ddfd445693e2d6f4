#!/usr/bin/env bash
# Sets up .venv from requirements.lock: finds or fetches uv, finds or fetches Python 3.10.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

find_uv() {
    if command -v uv >/dev/null 2>&1; then command -v uv; return; fi
    if [ ! -x .tools/bin/uv ]; then
        say "Fetching uv (installs the packages) ..."
        local python
        for python in python3.12 python3.11 python3.10 python3; do
            if "$python" -m venv .tools >/dev/null 2>&1 && .tools/bin/pip install --quiet --disable-pip-version-check 'uv>=0.5,<1'; then
                break
            fi
        done
    fi
    if [ ! -x .tools/bin/uv ]; then
        say "Could not install uv. Install it (https://docs.astral.sh/uv/) or the Debian package python3-venv, then try again."
        return 1
    fi
    echo .tools/bin/uv
}

is_310() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 10))' >/dev/null 2>&1; }

find_python() {
    local candidate
    # pyenv's shims answer to a name even where they cannot run it, so its versions are looked at directly.
    for candidate in python3.10 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.10*/bin/python; do
        if is_310 "$candidate"; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    if candidate=$("$1" python find --no-project 3.10 2>/dev/null) && is_310 "$candidate"; then echo "$candidate"; return; fi
    say "No Python 3.10 here; asking uv to fetch one ..."
    if "$1" python install 3.10 >&2 && candidate=$("$1" python find --no-project 3.10); then echo "$candidate"; return; fi
    say
    say "Backstride needs Python 3.10 (Rasa 3.6 runs on nothing newer), and uv could not fetch it."
    say "Install it by one of these, then try again:"
    say "  pyenv install 3.10      or      uv python install 3.10      or your system's python3.10 package"
    return 1
}

uv=$(find_uv)
python=$(find_python "$uv")
say "Python: $python"
if ! is_310 .venv/bin/python; then
    "$uv" venv --quiet --clear --no-project --python "$python" .venv
fi
say "Installing the packages of requirements.lock (2.3 GB on the disk) ..."
export VIRTUAL_ENV="$PWD/.venv"
"$uv" pip sync --require-hashes --compile-bytecode requirements.lock
"$uv" pip install --quiet --no-deps --editable .

# No telemetry and no warning noise, for plain `rasa` commands too: this runs whenever the environment's Python starts.
site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
echo 'import backstride.quiet; backstride.quiet.set_up()' > "$site/backstride_defaults.pth"
# Compiled here, so that the first start is no slower than the others.
.venv/bin/python -m compileall -q backstride actions
touch .venv/.ready
