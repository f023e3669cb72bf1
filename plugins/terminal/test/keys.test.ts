import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Key } from 'ink';
import { findAction, helpRows, KEYS, PLACES } from '../src/keys.ts';
import { toPresses } from '../src/input/presses.ts';
import { toBytes } from '../../../test/support/terminal-keys.ts';

const { default: parseKeypress } = await import(new URL('../../../node_modules/ink/build/parse-keypress.js', import.meta.url).href) as { default: (bytes: string) => Record<string, unknown> };

describe('terminal: the table of keys', () => {
  it('names each key of a place once', () => {
    const seen = new Set<string>();
    for (const { where, keys } of KEYS) {
      for (const key of keys) {
        assert.ok(!seen.has(`${where} ${key}`), `${key} stands twice in ${where}`);
        seen.add(`${where} ${key}`);
      }
    }
  });

  it('finds what a key does, place by place', () => {
    assert.deepEqual([findAction('chat', 'ctrl+o'), findAction('input', 'alt+enter'), findAction('empty', '?'), findAction('input', '?'), findAction('voice', 'x')], ['open-transcript', 'new-line', 'show-keys', undefined, 'voice-stop']);
  });

  it('is what the help page and the README show', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    for (const { place, rows } of helpRows()) {
      assert.ok(Object.values(PLACES).includes(place));
      for (const { keys, summary } of rows) {
        const row = `| ${place} | ${keys.split(' ').length > 1 && keys !== 'any other key' ? keys.split(' ').map((key) => `\`${key}\``).join(' ') : `\`${keys}\``} | ${summary.replaceAll('\\', '\\\\')} |`;
        assert.ok(readme.includes(row), `The README has no row: ${row}`);
      }
    }
  });
});

/** What Ink makes of bytes; its hook does the same with its own parser. */
function fromBytes(bytes: string): ReturnType<typeof toPresses> {
  const parsed = parseKeypress(bytes);
  const { name, ctrl, meta, shift, eventType, isKittyProtocol, isPrintable, text, sequence } = parsed as { name: string; ctrl: boolean; meta: boolean; shift: boolean; eventType?: 'press' | 'repeat' | 'release'; isKittyProtocol?: boolean; isPrintable?: boolean; text?: string; sequence: string };
  const named = ['up', 'down', 'left', 'right', 'pageup', 'pagedown', 'home', 'end', 'delete', 'insert', 'clear', 'tab', 'backspace', ...Array.from({ length: 12 }, (_, index) => `f${index + 1}`)];
  const raw = isKittyProtocol ? isPrintable ? text ?? name : '' : ctrl ? name === 'space' ? ' ' : name : named.includes(name) ? '' : sequence;
  const key = {
    upArrow: name === 'up', downArrow: name === 'down', leftArrow: name === 'left', rightArrow: name === 'right', pageUp: name === 'pageup', pageDown: name === 'pagedown', home: name === 'home', end: name === 'end',
    return: name === 'return', escape: name === 'escape', tab: name === 'tab', backspace: name === 'backspace', delete: name === 'delete', ctrl, meta, shift, super: false, hyper: false, capsLock: false, numLock: false, eventType,
  } as Key;
  return toPresses(raw.startsWith('\u001b') ? raw.slice(1) : raw, key);
}

describe('terminal: what terminals send', () => {
  const cases: readonly [bytes: string, key: string][] = [
    ['\r', 'enter'], ['\n', 'ctrl+j'], ['\u001b\r', 'alt+enter'], ['\u001b[13;2u', 'shift+enter'], ['\u001b[27;2;13~', 'shift+enter'], ['\u001b[13;3u', 'alt+enter'], ['\u001b', 'escape'], ['\u001b[27u', 'escape'],
    ['\t', 'tab'], ['\u001b[Z', 'shift+tab'], ['\u001b[9;2u', 'shift+tab'], ['\u007f', 'backspace'], ['\b', 'backspace'], ['\u001b\u007f', 'alt+backspace'], ['\u001b[3~', 'delete'], ['\u001b[3;5~', 'ctrl+delete'],
    ['\u0003', 'ctrl+c'], ['\u001b[99;5u', 'ctrl+c'], ['\u001f', 'ctrl+_'], ['\u001b[45;6u', 'ctrl+_'], ['\u001b[47;5u', 'ctrl+_'], ['\u000f', 'ctrl+o'], ['\u0014', 'ctrl+t'], ['\u001a', 'ctrl+z'],
    ['\u001b[A', 'up'], ['\u001bOB', 'down'], ['\u001b[1;5D', 'ctrl+left'], ['\u001b[1;3C', 'alt+right'], ['\u001bb', 'alt+b'], ['\u001b[98;3u', 'alt+b'], ['\u001bd', 'alt+d'], ['\u001by', 'alt+y'], ['\u001b[H', 'home'], ['\u001b[4~', 'end'],
    ['\u001b[1;5H', 'ctrl+home'], ['\u001b<', 'alt+<'], ['\u001b_', 'alt+_'], ['\u001b[91;5u', 'escape'], ['\u001b[109;5u', 'enter'],
  ];
  for (const [bytes, key] of cases) it(`knows ${JSON.stringify(bytes)} as ${key}`, () => assert.deepEqual(fromBytes(bytes), [{ key }]));

  it('knows two escapes that come at once', () => assert.deepEqual(fromBytes('\u001b\u001b'), [{ key: 'escape' }, { key: 'escape' }]));

  it('takes text with keys in one piece for typed, and with line ends inside for pasted', () => {
    assert.deepEqual(fromBytes('hello\r'), [{ text: 'hello' }, { key: 'enter' }]);
    assert.deepEqual(fromBytes('\r\r'), [{ key: 'enter' }, { key: 'enter' }]);
    assert.deepEqual(fromBytes('src\t\r'), [{ text: 'src' }, { key: 'tab' }, { key: 'enter' }]);
    assert.deepEqual(fromBytes('a\nb\u0007\u001f\r'), [{ text: 'a' }, { key: 'ctrl+j' }, { text: 'b' }, { key: 'ctrl+g' }, { key: 'ctrl+_' }, { key: 'enter' }]);
    assert.deepEqual(fromBytes('a\r\nb'), [{ pasted: 'a\r\nb' }]);
    assert.deepEqual(fromBytes('rm -rf x\rls\r'), [{ pasted: 'rm -rf x\rls\r' }]);
    assert.deepEqual(fromBytes('漢字👩‍👩‍👧'), [{ text: '漢字👩‍👩‍👧' }]);
  });

  it('takes no release of a key, no answer of the terminal and no unknown sequence for text', () => {
    for (const bytes of ['\u001b[97;1:3u', '\u001b[I', '\u001b[O', '\u001b[?62;4c', '\u001b[12;40R', '\u001b[57441u', '\u001b[15~', '\u001b[<0;10;10M']) assert.deepEqual(fromBytes(bytes), [], JSON.stringify(bytes));
  });

  /** Before the kitty protocol some keys could not be told apart; what they do then is no surprise. */
  const ALIKE: Readonly<Record<string, string>> = { 'shift+enter': 'enter', 'shift+backspace': 'backspace', 'ctrl+backspace': 'backspace' };

  for (const kitty of [true, false]) {
    it(`is known again for every key of the table, ${kitty ? 'by the kitty protocol' : 'as terminals always sent it'}`, () => {
      for (const key of new Set(KEYS.flatMap((row): readonly string[] => row.keys))) {
        if (key === 'any other key') continue;
        const name = kitty ? key : ALIKE[key] ?? key;
        const wanted = [...name].length === 1 ? { text: name } : name === 'space' ? { text: ' ' } : { key: name };
        assert.deepEqual(fromBytes(toBytes(key, { applicationCursor: false, kitty })), [wanted], key);
      }
    });
  }
});
