import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { STATES, showState } from '../support/screen-states.ts';
import { toSvg, wordsOf } from '../support/screen-svg.ts';

const folder = fileURLToPath(new URL('../../docs/screens/', import.meta.url));
/** Of the version, every release has its own. */
const withoutVersion = (words: readonly string[]): string => words.join(' ').replace(/\bpith \d+\.\d+\.\d+\S*/g, 'pith');

/** How many of the first rows have scrolled away depends on how often a loaded machine could draw; they are none that a picture is about. */
function fromSameRow(shown: string, pictured: string): [string, string] {
  const length = Math.min(shown.length, pictured.length);
  return length < 0.6 * Math.max(shown.length, pictured.length) ? [shown, pictured] : [shown.slice(-length), pictured.slice(-length)];
}

describe('The pictures of the chat', () => {
  // Each takes the start of a chat; those that look like another one are played in the soak.
  const played = STATES.filter(({ name }) => process.env['PITH_SOAK'] !== undefined || !['light', 'streaming', 'todo', 'pager', 'keys', 'start'].includes(name));
  for (const state of played) {
    it(`show what it shows: ${state.title}`, async () => {
      const kept = readFileSync(`${folder}${state.name}.svg`, 'utf8');

      const { cells } = await showState(state);

      const [shown, pictured] = fromSameRow(withoutVersion(wordsOf(toSvg(cells, state))), withoutVersion(wordsOf(kept)));
      assert.equal(shown, pictured, 'run: node --conditions=pith-source scripts/screenshots.ts');
      assert.doesNotMatch(kept, /\/(?:tmp|home|root|work|Users)\//);
    });
  }
});
