#!/bin/bash
# SubagentStop: exit code 2 keeps it running, once.
if grep -q '"stop_hook_active":false'; then
  echo "Name the files that you looked at." >&2
  exit 2
fi
