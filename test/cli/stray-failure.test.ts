import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import type { Interfaces } from '@oclif/core';
import { definePlugin } from '@pith/kernel';
import { createTestKernel } from '@pith/kernel/testing';
import { codePlaces } from '../../src/host/run/stray-failure.ts';
import { linkPlugins } from '../support/link-plugins.ts';
import { conversation, createPlace, type Place } from '../support/pith.ts';

const culprit = (body: string): { name: string; entry: string } => ({ name: 'culprit', entry: `import { definePlugin } from '@pith/kernel';\nexport default definePlugin({ name: 'culprit', setup({ onClose }) { ${body} } });` });

describe('what fails in a timer or a promise of a plugin', () => {
  let place: Place;
  beforeEach(async () => { place = await createPlace(); });
  afterEach(() => place.remove());

  for (const [what, body, says] of [
    ['an error of a promise', 'void Promise.reject(new Error("stray \\u001b[2J"))', 'stray \\x1b[2J'],
    ['an error of a timer', 'setTimeout(() => { throw new Error("stray"); }, 0)', 'stray'],
    ['process.exit in a timer', 'setTimeout(() => process.exit(7), 0)', 'process.exit was called inside a plugin'],
  ] as const) {
    it(`ends no command that only looks, and is said with the name of the plugin: ${what}`, async () => {
      // Set up until the event loop has turned: a command that ends sooner never meets the failure.
      await linkPlugins(place, [culprit(`${body}; return new Promise((resolve) => { setTimeout(resolve, 20); });`)]);
      for (const args of [['doctor'], ['tools', 'list'], ['hooks', 'list']]) {
        const { code, stdout, stderr } = await place.pith(args);
        assert.equal(code, 1, args.join(' '));
        assert.ok(stdout.length > 100, 'the command has done its work');
        assert.equal(stderr, `pith: Plugin culprit failed outside of any hook: ${says}.\nMend the plugin culprit, or take it out.\n`);
      }
    });
  }

  it('changes nothing of a run that is done, and is said', async () => {
    await linkPlugins(place, [culprit('onClose(() => { setTimeout(() => process.exit(7), 0); return new Promise((resolve) => { setTimeout(resolve, 50); }); });')]);
    await place.write('c.json', conversation({ text: 'the answer' }));
    const { code, stdout, stderr } = await place.pith(['run', '--model', './c.json', 'go']);
    assert.deepEqual([code, stdout], [0, 'the answer\n']);
    assert.match(stderr, /^pith: Plugin culprit failed outside of any hook: process\.exit was called inside a plugin\.$/m);
  });

  it('is nobody’s where several plugins are in one file', async () => {
    const named = (name: string) => definePlugin({ name, setup({ hooks }) { hooks.output.tap('look', () => {}); } });
    const noPackages = { root: '/', plugins: new Map() } as unknown as Interfaces.Config;
    const one = await createTestKernel({ plugins: [named('one')] });
    const two = await createTestKernel({ plugins: [named('one'), named('two')] });

    assert.equal(codePlaces(noPackages, one.kernel).get(fileURLToPath(import.meta.url)), 'one');
    assert.equal(codePlaces(noPackages, two.kernel).get(fileURLToPath(import.meta.url)), undefined);
    await one.close();
    await two.close();
  });
});
