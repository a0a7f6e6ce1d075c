#!/usr/bin/env bash
# Builds a Docker image from the redis-server of this machine, with nothing pulled from anywhere.
#   scripts/redis-image.sh redis:7.0.15-debian
set -euo pipefail

tag=${1:?usage: redis-image.sh <tag>}
image=$(mktemp -d)
trap 'rm -rf "$image"' EXIT

mkdir -p "$image"/{bin,data,etc,tmp,usr/local/bin}
chmod 1777 "$image/tmp" "$image/data"
cp -L "$(command -v redis-server)" "$(command -v redis-cli)" "$image/usr/local/bin/"
cp -L /bin/sh "$image/bin/sh"

# The libraries that they are linked to, each at the path where the loader looks for it.
ldd "$image"/usr/local/bin/* /bin/sh | grep -oE '/[^ ]+\.so[^ ]*' | sort -u | while read -r library; do
  mkdir -p "$image$(dirname "$library")"
  cp -L "$library" "$image$library"
done

tar -C "$image" -c . | docker import \
  --change 'EXPOSE 6379' \
  --change 'WORKDIR /data' \
  --change 'ENV PATH=/usr/local/bin:/bin' \
  --change 'CMD ["redis-server","--protected-mode","no"]' \
  - "$tag"
