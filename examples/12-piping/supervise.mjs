#!/usr/bin/env node
// @ts-check
// Holds a conversation with pith as another program would: it answers the questions by a rule of its own, changes the mode,
// and stops what takes too long. Play it without a model:
//   node supervise.mjs --model ./conversation.json
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** @typedef {{ type: string, [field: string]: any }} Line */
/** @typedef {{ kind: string, title: string, body: string, diff?: string }} Question */

/**
 * The rule: text files may be changed. Everything else is a person's to decide, who is not here.
 * @param {Question} question
 * @returns {{ verdict: 'allow' | 'deny', text?: string }}
 */
export function decide({ kind, body, diff }) {
  if (kind !== 'permission') return { verdict: 'deny' };
  if (diff !== undefined && body.endsWith('.txt')) return { verdict: 'allow' };
  return { verdict: 'deny', text: 'only text files are changed here' };
}

/** @param {string[]} flags */
function start(flags) {
  const child = spawn('pith', ['run', '--input', 'stream-json', '--output', 'stream-json', '--ask-parent', ...flags], { stdio: ['pipe', 'pipe', 'inherit'], shell: process.platform === 'win32' });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  /** @param {object} line */
  const send = (line) => void child.stdin.write(`${JSON.stringify(line)}\n`);
  return {
    send,
    /**
     * One turn. Events come as they happen, and exactly one turn-end closes it.
     * @param {string} text
     * @param {(event: Line) => void} [onEvent]
     * @returns {Promise<Line>}
     */
    async say(text, onEvent) {
      send({ type: 'user', text });
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error('pith has ended');
        const line = /** @type {Line} */ (JSON.parse(value));
        if (line.type === 'question') {
          const answer = decide(line.question);
          process.stderr.write(`${line.question.title} ${line.question.body}: ${answer.verdict}\n`);
          send({ type: 'answer', id: line.id, ...answer });
        }
        if (line.type === 'input-error') throw new Error(line.message);
        onEvent?.(line);
        if (line.type === 'turn-end') return line;
      }
    },
    /** Ends the conversation. @returns {Promise<number>} the exit code */
    async end() {
      const closed = child.exitCode === null ? once(child, 'close') : undefined;
      child.stdin.end();
      for (let next = await lines.next(); !next.done; next = await lines.next());
      await closed;
      return child.exitCode ?? 1;
    },
  };
}

if (process.argv[1] === import.meta.filename) {
  const { send, say, end } = start(process.argv.slice(2));
  console.log((await say('Write a greeting, and switch debugging on')).result);

  send({ type: 'set-mode', mode: 'acceptEdits' }); // From here on edits need no answer.
  console.log((await say('And a farewell')).result);

  const slow = await say('Wait for the build', (event) => { if (event.type === 'tool-start') send({ type: 'interrupt' }); });
  console.log(`${slow.status}: ${slow.reason}`);

  console.log((await say('So much for that')).result);
  process.exitCode = await end();
}
