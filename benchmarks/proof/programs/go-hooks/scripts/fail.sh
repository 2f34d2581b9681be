#!/bin/sh
# Fails, and says so.
echo "nothing to do" >&2
exit 3
