#!/bin/sh
# SessionStart: what the model should know from the beginning.
source=$(sed -n 's/.*"source":"\([a-z]*\)".*/\1/p')
echo "Session began by $source. Use Bun, not npm."
