// Writes docs/errors.md from the table in the kernel. Run with: node --conditions=pith-source scripts/errors-doc.ts
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ERRORS, EXIT, type ExitCode } from '@pith/kernel';

/** What the process answers its caller with, in words. */
const MEANINGS: Record<ExitCode, string> = {
  [EXIT.ok]: 'done', [EXIT.failed]: 'it failed', [EXIT.usage]: 'the command line or the configuration is wrong', [EXIT.refused]: 'refused by permission',
  [EXIT.limit]: 'a limit was reached', [EXIT.provider]: 'the provider or the network failed', [EXIT.interrupted]: 'interrupted', [EXIT.terminated]: 'terminated',
};

export function errorsDoc(): string {
  const rows = Object.entries(ERRORS).map(([code, [exitCode, meaning]]) => `| \`${code}\` | ${exitCode} | ${meaning} |`);
  const exits = Object.entries(MEANINGS).map(([exitCode, meaning]) => `| ${exitCode} | ${meaning} |`);
  return `# Errors

Made from \`src/kernel/errors.ts\` by \`scripts/errors-doc.ts\`; a test compares the two.

Every error that a person meets has one of these codes, a sentence, and mostly a hint: the next thing to type. In events
and in \`--output json\` it also names the plugin, the hook and the tap that it is from. A code is never used again for
something else. Plugins have codes of their own, listed in their READMEs.

| code | exit | what it says |
| --- | --- | --- |
${rows.join('\n')}

## Exit codes

| exit | meaning |
| --- | --- |
${exits.join('\n')}
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(fileURLToPath(new URL('../docs/errors.md', import.meta.url)), errorsDoc());
