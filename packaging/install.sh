#!/bin/sh
# Install advisor from this folder into FOLDER, without a network: install.sh FOLDER
set -eu
[ $# -eq 1 ] || { echo "usage: $0 FOLDER (it is made, and gets bin/advisor)" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' || {
  echo "$0: Python 3.11 to 3.14 is needed; set PYTHON=/path/to/python3.12, or take the single file" >&2
  exit 2
}
(cd "$here" && sha256sum --check --quiet SHA256SUMS) || {
  echo "$0: a wheel is not what SHA256SUMS says; copy the bundle again" >&2
  exit 1
}
"$python" -m venv "$1"
"$1/bin/python" -m pip --quiet install --no-index --find-links "$here/wheels" --requirement "$here/requirements.txt"
"$1/bin/python" -m pip --quiet install --no-index --no-deps "$here"/wheels/cluster_readiness_advisor-*.whl
"$1/bin/advisor" --version
