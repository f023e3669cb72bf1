#!/bin/sh
cat >/dev/null
echo '{"decision":"block","reason":"not on a Friday"}'
