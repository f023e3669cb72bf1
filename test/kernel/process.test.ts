import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { definePlugin, exitProcess } from '@pith/kernel';
import { createTestKernel, testModel } from '@pith/kernel/testing';

const run = promisify(execFile);

/** Runs a program with the kernel at hand, in a process of its own. @throws when it does not end by itself, with code 0 */
async function runProgram(body: string): Promise<string> {
  const program = `
    import { createKernel, definePlugin, exitProcess } from '@pith/kernel';
    import { allowAll, testModel } from '@pith/kernel/testing';
    const never = () => new Promise(() => {});
    ${body}`;
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const { stdout } = await run(process.execPath, ['--conditions=pith-source', '--input-type=module-typescript', '-e', program], { cwd, timeout: 15_000 });
  return stdout.trim();
}

describe('a process with a kernel', () => {
  it('ends by itself once the kernel is closed, whatever still hangs in its plugins', async () => {
    const out = await runProgram(`
      const hang = definePlugin({ name: 'hang', toolSources: [{ name: 's', list: never }], services: { sessions: never },
        tools: [{ name: 'hang', description: '', effect: 'read', inputSchema: {}, execute: never }],
        setup({ hooks, onClose }) {
          hooks.context.tap({ name: 'c', timeoutMs: 60_000 }, (request, turn) => { void turn.service('sessions'); if (request.messages.length > 3) return never(); });
          hooks.output.tap({ name: 'o', timeoutMs: 50 }, never);
          onClose(never);
        } });
      const kernel = await createKernel({ plugins: [testModel([{ calls: [{ name: 'hang' }] }]).plugin, allowAll, hang, { name: 'late', guards: false, load: never }], setupTimeoutMs: 50, closeTimeoutMs: 50, graceMs: 20 });
      const session = kernel.openSession({ cwd: '/' });
      const stop = new AbortController();
      session.sink = ({ type }) => { if (type === 'tool-start') stop.abort(); };
      const { status } = await session.runTurn({ text: 'hi' }, { signal: stop.signal });
      const second = await session.runTurn({ text: 'hi' }, { timeoutMs: 50 });
      await kernel.close();
      console.log(status, second.status);
    `);
    assert.equal(out, 'interrupted limit');
  });

  it('ends by itself also when nobody closes the kernel', async () => {
    const out = await runProgram(`
      const kernel = await createKernel({ plugins: [testModel().plugin] });
      console.log((await kernel.openSession({ cwd: '/' }).runTurn({ text: 'hi' })).status);
    `);
    assert.equal(out, 'done');
  });

  it('can be ended by its host while plugins may not', async () => {
    await assert.rejects(runProgram(`
      const kernel = await createKernel({ plugins: [testModel(['x']).plugin, definePlugin({ name: 'h', setup({ hooks }) { hooks.input.tap('i', never); } })] });
      const running = kernel.openSession({ cwd: '/' }).runTurn({ text: 'hi' });
      setImmediate(() => exitProcess(42));
      await running;
    `), { code: 42 });
  });
});

describe('process.exit', () => {
  it('is itself again after every turn, load and close, also when several overlap', async () => {
    const exit = process.exit;
    const seen: boolean[] = [];
    const look = definePlugin({ name: 'look', setup({ hooks, onClose }) { seen.push(process.exit === exit); hooks.input.tap('l', () => { seen.push(process.exit === exit); }); onClose(() => { seen.push(process.exit === exit); }); } });
    const [a, b] = await Promise.all([1, 2].map(() => createTestKernel({ plugins: [testModel().plugin, look] })));
    assert.equal(process.exit, exit);
    await Promise.all([a!.session.runTurn({ text: 'a' }), b!.session.runTurn({ text: 'b' }), a!.kernel.openSession({ cwd: '/' }).runTurn({ text: 'c' })]);
    assert.equal(process.exit, exit);
    await Promise.all([a!.close(), b!.close()]);
    assert.equal(process.exit, exit);
    assert.deepEqual(seen, Array.from({ length: 7 }, () => false), 'guarded each time that a plugin runs');
    assert.equal(typeof exitProcess, 'function');
  });
});
