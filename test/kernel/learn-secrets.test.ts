import assert from 'node:assert/strict';
import { definePlugin, PithError, type StoredSecret, type Vault } from '@pith/kernel';
import { allowAll, createTestKernel } from '@pith/kernel/testing';

const VALUE = 'tr0ub4dor-and-3-horses';

/** A vault that hides what it reads, as the contract says, and counts how often it is read. */
function countingVault(stored: StoredSecret[], read: () => void = () => undefined) {
  const counter = { reads: 0 };
  const plugin = definePlugin({
    name: 'vault', storedSecrets: () => [...stored],
    services: {
      vault: ({ secrets }) => ({
        values: async () => {
          counter.reads++;
          read();
          secrets.add(VALUE, 'kept');
          return new Map([['kept', VALUE]]);
        },
      }) as Partial<Vault> as Vault,
    },
  });
  return { plugin, counter };
}

describe('what is kept in a vault', () => {
  it('is hidden from the first word of the first turn on, and read again only when something was stored', async () => {
    const stored = [{ name: 'kept', setMs: 0, version: 1 }];
    const { plugin, counter } = countingVault(stored);
    const { session, events, close } = await createTestKernel({ plugins: [plugin] });

    await session.runTurn({ text: `it is ${VALUE}` });
    await session.runTurn({ text: 'once more' });
    assert.equal(counter.reads, 1);
    stored.push({ name: 'other', setMs: 0, version: 2 });
    await session.runTurn({ text: 'and again' });

    assert.equal(counter.reads, 2);
    assert.ok(!JSON.stringify(events).includes(VALUE));
    assert.match(JSON.stringify(events), /it is \[secret:kept\]/);
    await close();
  });

  it('is hidden in a tool call outside of any turn, too', async () => {
    const { plugin } = countingVault([{ name: 'kept', setMs: 0, version: 1 }]);
    const teller = definePlugin({ name: 'teller', tools: [{ name: 'tell', description: 'Tells.', effect: 'read', inputSchema: { type: 'object' }, execute: async () => `it is ${VALUE}` }] });
    const { session, close } = await createTestKernel({ plugins: [plugin, teller, allowAll] });

    const { content } = await session.callTool({ name: 'tell', input: {} });

    assert.deepEqual(content, [{ type: 'text', text: 'it is [secret:kept]' }]);
    await close();
  });

  it('is not even looked for where nothing is stored', async () => {
    const { plugin, counter } = countingVault([]);
    const { session, close } = await createTestKernel({ plugins: [plugin] });

    await session.runTurn({ text: 'hello' });

    assert.equal(counter.reads, 0);
    await close();
  });

  it('is said not to be hidden where the vault does not open, once, and the turn runs', async () => {
    const { plugin, counter } = countingVault([{ name: 'kept', setMs: 0, version: 1 }], () => { throw new PithError('The vault is locked', { code: 'VAULT_LOCKED', hint: 'Open it.' }); });
    const { session, events, close } = await createTestKernel({ plugins: [plugin] });

    await session.runTurn({ text: 'hello' });
    await session.runTurn({ text: 'hello' });

    const notices = events.filter((event) => event.type === 'notice');
    assert.deepEqual(notices.map(({ code, text }) => [code, text]), [['VAULT_LOCKED', 'What is kept in the vault is not hidden where it appears: The vault is locked. Open it.']]);
    assert.equal(counter.reads, 1);
    await close();
  });
});
