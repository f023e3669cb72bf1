import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { findMentions } from '../../plugins/input/src/mentions/find-mentions.ts';
import { locate } from '../../plugins/input/src/mentions/locate.ts';
import { findMentionPart, toMention } from '../../plugins/terminal/src/input/completion/mention.ts';

/** What the terminal writes, the plugin input reads: neither knows the other. */
describe('mentions: as the terminal completes them', () => {
  let folder: string;
  before(() => { folder = mkdtempSync(join(tmpdir(), 'pith-mention-')); });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const part = fc.string({ unit: fc.constantFrom('a', 'B', '7', ' ', '.', '-', '_', '\'', '(', ')', ',', ':', ';', '#', 'L', '@', '!', '`', '<', '|', '\\', 'é', '漢', '&', '$', '[', '~', '+'), minLength: 1, maxLength: 8 }).filter((name) => !/^\.+$/.test(name));
  const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));

  it('are read back as the file that was chosen, wherever they stand in a sentence', () => {
    fc.assert(fc.property(path, fc.constantFrom('', 'see ', '('), fc.constantFrom(' ', ' and more', ' x.'), (name, front, behind) => {
      const mention = toMention(name);
      if (mention === undefined) return;
      const file = join(folder, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, '');
      try {
        const [candidate, ...others] = findMentions(`${front}${mention}${behind}`);
        assert.equal(others.length, 0);
        const place = locate(candidate!, { cwd: folder, home: undefined, nearNames: () => [] })?.place;
        assert.deepEqual(place, { kind: 'file', path: name });
        assert.equal(findMentionPart(`${front}${mention}`, front.length + mention.length - (mention.endsWith('"') ? 1 : 0))?.query, name);
      } finally {
        rmSync(join(folder, name.split('/', 1)[0]!), { recursive: true, force: true });
      }
    }), { numRuns: 300 });
  });
});
