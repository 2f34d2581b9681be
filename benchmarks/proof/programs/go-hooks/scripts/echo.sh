#!/bin/bash
# Says back what it is given.
set -euo pipefail
echo "$# arguments: $*"
