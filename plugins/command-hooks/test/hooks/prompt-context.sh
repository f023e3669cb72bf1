#!/bin/bash
# UserPromptSubmit: plain output becomes context.
node -e 'const { prompt } = JSON.parse(require("fs").readFileSync(0)); console.log(`The prompt has ${prompt.length} characters. Today is the day of the release.`)'
