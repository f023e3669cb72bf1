// A process that has pith loaded and runs one command after the other, each with an environment and a folder of its own. What
// it prints is taken where the system would get it, behind all that pith does to it.
import { createRequire } from 'node:module';

const { moveFolders, prepare } = createRequire(import.meta.url)('../../bin/main.js');
const printed = { stdout: '', stderr: '' };
for (const name of ['stdout', 'stderr']) {
  process[name].write = (chunk, encoding, done) => {
    printed[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    (typeof encoding === 'function' ? encoding : done)?.();
    return true;
  };
}
const run = prepare();

process.on('message', async ({ args, cwd, env }) => {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  moveFolders();
  process.chdir(cwd);
  Object.assign(printed, { stdout: '', stderr: '' });
  process.exitCode = undefined;
  const code = Number(await run(args));
  process.exitCode = undefined; // That of the command, not of this process.
  process.send({ code, ...printed });
});
