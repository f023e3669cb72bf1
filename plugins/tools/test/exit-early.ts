// A process of its own that starts a command in the background and exits, without closing anything, when its input ends.
import { startTools } from './start-tools.ts';

const [folder, command] = process.argv.slice(2) as [string, string];
const tools = await startTools({ folder });
await tools.call('bash', { command: `setsid ${command} & ${command}; true`, background: true });
process.stdin.on('end', () => process.exit()).resume();
