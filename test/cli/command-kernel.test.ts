import assert from 'node:assert/strict';
import { openCommandKernel, type PluginSource } from '@pith/kernel';
import { findProviders } from '../../src/host/command-kernel.ts';

describe('the kernel for a command of a plugin', () => {
  const source = (name: string, ...capabilities: string[]): PluginSource => ({ name, capabilities, load: () => assert.fail('loaded') });
  const sources = [source('sessions', 'service:sessions', 'uses:database'), source('database', 'service:database', 'uses:vault'), source('vault', 'service:vault'), source('guard', 'hook:permission'), { name: 'bare', load: () => assert.fail('loaded') }];
  const namesFor = (...services: string[]): string[] => findProviders(sources, services).map(({ name }) => name);

  it('has the plugins that bring what it asks for, and those whose services these use', () => {
    assert.deepEqual(namesFor('vault'), ['vault']);
    assert.deepEqual(namesFor('database'), ['database', 'vault']);
    assert.deepEqual(namesFor('sessions', 'vault'), ['sessions', 'vault', 'database']);
    assert.deepEqual(namesFor('nothing'), []);
  });

  it('is none where the command was not started by pith', async () => {
    assert.equal(await openCommandKernel({}, ['database']), undefined);
  });
});
