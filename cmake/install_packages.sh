#!/bin/bash
# install_packages.sh PACKAGE...   installs what is missing of these Debian packages; does nothing when all are there.
set -euo pipefail

missing=()
if command -v dpkg-query >/dev/null; then
  for package in "$@"; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [[ $status == installed ]] || missing+=("$package")
  done
  ((${#missing[@]} > 0)) || exit 0
fi

if ! command -v apt-get >/dev/null; then
  echo "This machine has no apt-get. What is needed, by Debian's names: $*" >&2
  echo "Going on in the hope that all of it is there." >&2
  exit 0
fi

as_root=()
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null; then
    echo "These packages are missing, and installing them takes root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

# What is installed for tests must not become a service. Debian's hook against starting services is a
# program of this name; one that is there already stays.
policy=/usr/sbin/policy-rc.d
services=()
for package in "${missing[@]}"; do
  case $package in redis-server | nutcracker) services+=("$package") ;; esac
done
if ((${#services[@]} > 0)); then
  if [[ ! -e $policy ]]; then
    # shellcheck disable=SC2317  # called by trap
    remove_policy() { "${as_root[@]}" rm -f "$policy"; }
    trap remove_policy EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
  fi
fi

apt_get() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 "$@" </dev/null
}
echo "Installing ${missing[*]}"
apt_get update
apt_get install --yes --no-install-recommends "${missing[@]}" >/dev/null

if ((${#services[@]} > 0)) && command -v systemctl >/dev/null; then
  # Nor at the next start of the machine.
  "${as_root[@]}" systemctl --quiet disable "${services[@]}" >/dev/null 2>&1 || true
fi
