import assert from 'node:assert/strict';
import { startHooks } from './start-hooks.ts';

describe('first', () => {
  it('denies with exit 2', async () => {
    const t = await startHooks({ user: { PreToolUse: [{ matcher: 'Bash', hooks: ['cat > "$CLAUDE_PROJECT_DIR/in.json"; echo no >&2; exit 2'] }] }, script: [{ calls: [{ name: 'bash', input: { command: 'echo hi' } }] }] });
    const r = await t.run();
    console.log(r, t.told(), t.notices(), await t.read('project/in.json'));
    await t.close();
    assert.equal(r.status, 'refused');
  });
});
