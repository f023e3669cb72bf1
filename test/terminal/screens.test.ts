import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { STATES, showState } from '../support/screen-states.ts';
import { toSvg, wordsOf } from '../support/screen-svg.ts';

const folder = fileURLToPath(new URL('../../docs/screens/', import.meta.url));
/** Of the version, every release has its own. */
const withoutVersion = (words: readonly string[]): string => words.join(' ').replace(/\bpith \d+\.\d+\.\d+\S*/g, 'pith');

describe('The pictures of the chat', () => {
  // Each takes the start of a chat; those that look like another one are played in the soak.
  const played = STATES.filter(({ name }) => process.env['PITH_SOAK'] !== undefined || !['light', 'streaming', 'todo', 'pager', 'keys', 'start'].includes(name));
  for (const state of played) {
    it(`show what it shows: ${state.title}`, async () => {
      const kept = readFileSync(`${folder}${state.name}.svg`, 'utf8');

      const { cells } = await showState(state);

      assert.equal(withoutVersion(wordsOf(toSvg(cells, state))), withoutVersion(wordsOf(kept)), 'run: node --conditions=pith-source scripts/screenshots.ts');
      assert.doesNotMatch(kept, /\/(?:tmp|home|root|work|Users)\//);
    });
  }
});
