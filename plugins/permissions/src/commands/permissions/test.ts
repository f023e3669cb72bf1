import { homedir } from 'node:os';
import { Args, Command } from '@oclif/core';
import { escapeControl, EXIT } from '@pith/kernel';
import type { PolicyTest } from '../../policy-tests/test-policy.ts';

export default class PermissionsTest extends Command {
  static override summary = 'Run the tests of a policy, without running anything else.';
  static override description = `FILE is a settings file, whose rules carry calls that they must and must not match; or a file of cases: { "policy", "cases": [{ "call", "expect" }] }, where the policy is one, or names a settings file.

Every failure is one line. Ends with 0 when all is well, with 1 when a test fails, and with 2 when the file is wrong.`;
  static override examples = ['<%= config.bin %> <%= command.id %> .pith/settings.json', '<%= config.bin %> <%= command.id %> policy-test.json --json'];
  static override enableJsonFlag = true;
  static override args = { file: Args.string({ required: true, ignoreStdin: true, description: 'A settings file, or a file of cases.' }) };

  async run(): Promise<{ tests: number; failed: number; results: PolicyTest[] }> {
    const { args } = await this.parse(PermissionsTest);
    const { readPolicyFile } = await import('../../policy-tests/policy-file.ts');
    const { testPolicy } = await import('../../policy-tests/test-policy.ts');
    const results = await testPolicy(await readPolicyFile(args.file, process.cwd()), { home: process.env['HOME'] ?? homedir(), env: process.env });
    const problems = results.flatMap(({ problem }) => problem ?? []);
    for (const problem of problems) this.log(`✗ ${escapeControl(problem)}`);
    this.log(toSummary(results.length, problems.length));
    if (problems.length > 0) process.exitCode = EXIT.failed;
    return { tests: results.length, failed: problems.length, results };
  }
}

function toSummary(tests: number, failed: number): string {
  if (tests === 0) return 'There are no tests: rules have no match or noMatch, and there are no cases.';
  const count = tests === 1 ? '1 test' : `${tests} tests`;
  return failed === 0 ? `${count}: all as expected.` : `${count}: ${failed} failed.`;
}
