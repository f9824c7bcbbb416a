# Sourced by tools/build, tools/run and tools/test: what PACE needs from Debian 12, and how it gets installed.
# shellcheck shell=bash

build_packages=(
  g++ cmake ninja-build pkg-config ccache git ca-certificates
  libquickfix-dev libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev libpq-dev postgresql-15
  libspdlog-dev doctest-dev libssl-dev libsodium-dev prometheus-cpp-dev libtomlplusplus-dev libcli11-dev
)
# The main job's and the tests' own needs: an orchestrator, clients we did not write, a browser, public verifiers.
run_packages=(python3 python3-websockets)
test_packages=(minisign chromium clang-format python3-yaml python3-cryptography
  ruby)  # plays QuickFIX's acceptance conversations
# Clients we did not write come from npm. Node's own packages bring npm with them; Debian's are two.
command -v npm >/dev/null && command -v node >/dev/null || test_packages+=(nodejs npm)
# For tools/fuzz alone: the tests run the fuzz targets without libFuzzer (docs/decisions/0017).
fuzz_packages=(clang)

# install_missing PACKAGE…: installs those that are not there. Needs root, or sudo.
install_missing() {
  local missing=() name
  for name in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  echo "Installing from Debian: ${missing[*]}"
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "tools/build: needs root or sudo to install: ${missing[*]}" >&2; return 1; }
    as_root=(sudo)
  fi
  # The PostgreSQL package would start a cluster of its own; PACE starts a private one and wants no other.
  if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    "${as_root[@]}" mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  local log
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get update -qq &&
         "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "tools/build: apt-get failed; the whole log is $log" >&2
    return 1
  fi
  rm -f "$log"
}
