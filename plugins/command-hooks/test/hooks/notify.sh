#!/bin/bash
# Notification, matcher permission_prompt: would ring a bell.
node -e 'const n = JSON.parse(require("fs").readFileSync(0)); require("fs").writeFileSync(process.env.CLAUDE_PROJECT_DIR + "/notified.txt", n.notification_type + ": " + n.message)'
