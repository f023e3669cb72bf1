import assert from 'node:assert/strict';
import { escapeControl } from '@pith/kernel';

describe('text for a terminal', () => {
  for (const [given, shown] of [
    ['plain text, ümlaut, 漢字, 👩‍👩‍👧', 'plain text, ümlaut, 漢字, 👩‍👩‍👧'],
    ['\u001b[2Jgone', '\\x1b[2Jgone'],
    ['\u009b2J', '\\x9b2J'],
    ['a\rb', 'a\\x0db'],
    ['invoice\u202egpj.exe', 'invoice\\u{202e}gpj.exe'],
    ['\u2066x\u2069', '\\u{2066}x\\u{2069}'],
    ['a\u200bb\ufeff', 'a\\u{200b}b\\u{feff}'],
    ['tag\u{e0041}', 'tag\\u{e0041}'],
    ['half \ud800', 'half \\u{d800}'],
    ['a\nb\tc', 'a\\nb\\tc'],
  ] as const) {
    it(`shows ${JSON.stringify(given)} as ${shown}`, () => assert.equal(escapeControl(given), shown));
  }

  it('keeps line ends and tabs where lines are shown', () => {
    assert.equal(escapeControl('a\r\n\tb\u2028', { lines: true }), 'a\\x0d\n\tb\\u{2028}');
  });
});
