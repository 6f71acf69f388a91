#!/bin/sh
# tools/chromium.sh: prints the path of a Chromium that runs: JX_CHROMIUM, the system's, else it installs one
# (apt when root, else Playwright's own download).
runs() {
  [ -n "$1" ] && "$1" --version >/dev/null 2>&1
}

found() {
  for name in "$JX_CHROMIUM" chromium google-chrome google-chrome-stable chromium-browser \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
    "/Applications/Chromium.app/Contents/MacOS/Chromium"; do
    path=$(command -v "$name" 2>/dev/null) || continue
    runs "$path" && echo "$path" && return 0
  done
  return 1
}

playwright_path() {
  .venv/bin/python -c '
from playwright.sync_api import sync_playwright
with sync_playwright() as p:
    print(p.chromium.executable_path)' 2>/dev/null
}

cd "$(dirname "$0")/.." || exit 1
found && exit 0
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq; apt-get install -y -qq --no-install-recommends chromium; } >&2
  found && exit 0
fi
path=$(playwright_path)
runs "$path" || .venv/bin/python -m playwright install chromium >&2
runs "$path" && echo "$path" && exit 0
echo "No Chromium found or installable: install one and set JX_CHROMIUM to its path" >&2
exit 1
