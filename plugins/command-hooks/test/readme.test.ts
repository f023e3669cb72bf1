import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { CODES } from '../src/errors.ts';
import { EVENTS, factsOf, isEventName } from '../src/events.ts';
import { TOOL_WORDS } from '../src/tool-words.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('the README of command-hooks', () => {
  it('names each error code, its exit code and its meaning', () => {
    for (const [code, [exitCode, meaning]] of Object.entries(CODES)) assert.ok(readme.includes(`| \`${code}\` | ${exitCode} | ${meaning} |`), code);
  });

  it('has each event with its time and its failure rule', () => {
    for (const event of Object.keys(EVENTS).filter(isEventName)) {
      const row = readme.split('\n').find((line) => line.startsWith('| `') && line.split('|')[1]!.includes(`\`${event}\``));
      const { timeoutS, guards } = factsOf(event);
      assert.ok(row?.includes(`${timeoutS} s`) && row.includes(guards ? 'closed' : 'open'), event);
    }
  });

  it('has each tool that goes under another name', () => {
    for (const tool of Object.keys(TOOL_WORDS)) assert.ok(readme.includes(`\`${tool}\``), tool);
  });
});
