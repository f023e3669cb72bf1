#!/usr/bin/env node
// Stop: reads what was said from the transcript, a JSON object a line.
const fs = require('node:fs');
const { transcript_path } = JSON.parse(fs.readFileSync(0, 'utf8'));
const lines = fs.readFileSync(transcript_path, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const used = lines.flatMap(({ message }) => message.content).filter(({ type }) => type === 'tool_use').map(({ name }) => name);
fs.writeFileSync(`${process.env.CLAUDE_PROJECT_DIR}/used.txt`, `${lines.map(({ type }) => type).join()} ${used.join()}`);
