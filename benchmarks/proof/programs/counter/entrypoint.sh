#!/bin/sh
set -e
umask 027
mkdir -p "$DATA"
exec "$@"
