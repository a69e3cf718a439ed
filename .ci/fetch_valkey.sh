#!/bin/bash
# fetch_valkey.sh DIR   unpacks Debian's backport of valkey-server into DIR and prints the program's path. Nothing is installed,
# and no source of packages stays behind. Prints nothing where there is no such package: then a line on stderr says so.
set -euo pipefail
mkdir -p "$1"
directory=$(cd "$1" && pwd)
program=$directory/usr/bin/valkey-server
if [[ -x $program ]]; then
  echo "$program"
  exit 0
fi

# The mirror that this machine uses already.
. /etc/os-release
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $VERSION_CODENAME" 2>/dev/null | head -n 1)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
if [[ -z $mirror || ! -e $keyring ]]; then
  echo "No mirror of Debian $VERSION_CODENAME is known here: no valkey-server" >&2
  exit 0
fi
mkdir -p "$directory/apt/lists/partial" "$directory/apt/cache/archives/partial"
printf 'deb [signed-by=%s] %s %s-backports main\n' "$keyring" "$mirror" "$VERSION_CODENAME" >"$directory/apt/sources.list"
apt=(apt-get -qq -o Acquire::Retries=3 -o Dir::Etc::SourceList="$directory/apt/sources.list" -o Dir::Etc::SourceParts=-
  -o Dir::State::Lists="$directory/apt/lists" -o Dir::Cache="$directory/apt/cache" -o APT::Sandbox::User="$(id -un)")
cd "$directory/apt"
if ! "${apt[@]}" update >&2 || ! "${apt[@]}" download valkey-server valkey-tools >&2; then
  echo "There is no valkey-server in the backports of $VERSION_CODENAME that could be had" >&2
  exit 0
fi
for package in valkey-*.deb; do dpkg-deb --extract "$package" "$directory"; done
"$program" --version >&2
echo "$program"
