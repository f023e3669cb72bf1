import assert from 'node:assert/strict';
import { readTyped } from '../src/read-typed.ts';

describe('what is typed', () => {
  for (const [text, name, argument] of [
    ['/clear', 'clear', ''],
    ['/model  openai/gpt-5 ', 'model', 'openai/gpt-5'],
    ['/review src/a.ts\nand b', 'review', 'src/a.ts\nand b'],
    ['/git:commit now', 'git:commit', 'now'],
    ['/Prüfe', 'Prüfe', ''],
    ['/mcp__server__prompt x', 'mcp__server__prompt', 'x'],
  ] as const) {
    it(`is the command ${name}: ${JSON.stringify(text)}`, () => assert.deepEqual(readTyped(text), { kind: 'command', name, argument }));
  }

  for (const text of [
    'hello', '', '/', '//', '// a comment', '/usr/bin/x is broken', '/a/b', '/* css */', '/regex/g', '/1 of 2', ' /clear', '\n/clear', 'say /clear', 'a\n/clear',
    '!', '!!', '!= is not', '!?', '! ', ' !ls', 'hey !ls', 'a\n!ls', '@a', '/a,b',
  ]) {
    it(`is text: ${JSON.stringify(text)}`, () => assert.deepEqual(readTyped(text), { kind: 'text', text }));
  }

  for (const [text, command] of [['!ls', 'ls'], ['! git log -3 ', 'git log -3'], ['!./run.sh\nls', './run.sh\nls'], ['!$HOME/x', '$HOME/x']] as const) {
    it(`is the shell command ${JSON.stringify(command)}: ${JSON.stringify(text)}`, () => assert.deepEqual(readTyped(text), { kind: 'shell', command }));
  }

  for (const [text, sent] of [['\\/clear', '/clear'], ['\\!ls', '!ls']] as const) {
    it(`is text without its backslash: ${text}`, () => assert.deepEqual(readTyped(text), { kind: 'text', text: sent }));
  }

  for (const [text, shown] of [['/cle\u200bar', '/cle\\u{200b}ar'], ['\u200b/clear', '\\u{200b}/clear'], ['/clear\u0000 x', '/clear\\x00'], ['/\u202eraelc', '/\\u{202e}raelc']] as const) {
    it(`is no command with what nobody sees in it: ${shown}`, () => assert.deepEqual(readTyped(text), { kind: 'hidden', shown }));
  }
});
