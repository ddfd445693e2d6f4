#!/usr/bin/env bash
# Installs what the browser tests need where it is missing: Chromium, and from package.json axe-core and TypeScript.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v chromium >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing Chromium ..." >&2
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null
    else
        echo "The browser tests need Chromium: install it (on Debian: apt-get install chromium), then try again." >&2
        exit 1
    fi
fi
if [ ! -d node_modules/axe-core ] || [ ! -d node_modules/typescript ]; then
    command -v npm >/dev/null 2>&1 || { echo "The widget's checks need Node.js with npm: install them, then try again." >&2; exit 1; }
    npm install --no-package-lock --no-audit --no-fund --silent
fi
