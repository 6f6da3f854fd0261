#!/bin/sh
# Pulumi starts this file as the plugin. It looks for Node, which runs the provider.
node=$(command -v node) || {
  echo "The Pulumi provider zitadel-actions needs Node 22 or later on the PATH, and there is no node. Install it from https://nodejs.org." >&2
  exit 1
}
version=$("$node" --version) || exit 1
major=${version#v}
major=${major%%.*}
if [ "$major" -lt 22 ]; then
  echo "The Pulumi provider zitadel-actions needs Node 22 or later on the PATH, but $node is $version. Install a later one from https://nodejs.org." >&2
  exit 1
fi
exec "$node" "$(dirname -- "$0")/provider.js" "$@"
