// Writes the pictures of docs/screens, from a chat that is really played in a terminal, and the page that shows them.
// Run with: node --conditions=pith-source scripts/screenshots.ts
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { STATES, showState } from '../test/support/screen-states.ts';
import { toSvg } from '../test/support/screen-svg.ts';

const folder = fileURLToPath(new URL('../docs/screens/', import.meta.url));
mkdirSync(folder, { recursive: true });
for (const file of readdirSync(folder)) if (file.endsWith('.svg')) rmSync(folder + file);
for (const state of STATES) writeFileSync(`${folder}${state.name}.svg`, toSvg((await showState(state)).cells, state));
writeFileSync(`${folder}README.md`, `# The chat, in pictures

Made by \`scripts/screenshots.ts\` from what a terminal shows; the text in them can be selected. A test plays the same and compares the words.

${STATES.map(({ name, title }) => `## ${title}\n\n![${title}](${name}.svg)\n`).join('\n')}`);
