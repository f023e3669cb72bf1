// The lock file works behind any registry only while it names none.
import { readFileSync } from 'node:fs';

const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
const named = Object.entries(lock.packages).filter(([, { resolved }]) => resolved?.includes('://')).map(([name]) => name);
if (named.length > 0) {
  process.stderr.write(`package-lock.json names a download host for ${named.slice(0, 3).join(', ')}${named.length > 3 ? ' …' : ''}; run npm install with the project's .npmrc\n`);
  process.exit(1);
}
