import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { homedir } from 'node:os';
import { Args, Command, Flags } from '@oclif/core';
import { EXIT, PithError, toMessage } from '@pith/kernel';

export default class PermissionsCheck extends Command {
  static override summary = 'Judge calls by a policy, without running anything.';
  static override description = 'Reads cases as JSON, one a line, each with its own policy, and prints one verdict a line in the same order: { "id", "verdict", "rule", "reason", "parts" }. A line that is wrong is answered by { "id", "error" }, and the exit code is 2 in the end.';
  static override examples = [
    { description: 'One case', command: 'echo \'{"id":"a","policy":{"allow":["Bash(make lint:*)"],"ask":[],"deny":[]},"mode":"default","tool":"Bash","input":{"command":"make lint FIX=1"}}\' | <%= config.bin %> <%= command.id %>' },
  ];
  static override args = {
    file: Args.string({ ignoreStdin: true, description: 'A file of cases; without one, or with -, standard input.' }),
  };

  static override flags = {
    json: Flags.boolean({ summary: 'Changes nothing: answers are JSON in any case.' }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(PermissionsCheck);
    const { checkCases, splitLines } = await import('../../policy-tests/check-cases.ts');
    const place = { cwd: process.cwd(), home: process.env['HOME'] ?? homedir(), env: process.env };
    for await (const { answer, isBad } of checkCases(splitLines(open(args.file)), place)) {
      if (isBad) process.exitCode = EXIT.usage;
      // At once: whoever asks may wait for it before the next line.
      await write(`${JSON.stringify(answer)}\n`);
    }
  }
}

async function* open(file: string | undefined): AsyncGenerator<Uint8Array> {
  const isFile = file !== undefined && file !== '-';
  if (!isFile && process.stdin.isTTY) throw new PithError('There are no cases', { code: 'INPUT_EMPTY', hint: 'pith permissions check FILE, or: pith permissions check < FILE' });
  try {
    yield* (isFile ? createReadStream(file) : process.stdin) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw new PithError(`${isFile ? file : 'Standard input'} cannot be read: ${toWhy(error)}`, { code: 'INPUT_UNREADABLE', cause: error, hint: 'pith permissions check FILE, or: pith permissions check < FILE' });
  }
}

function toWhy(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT': return 'there is nothing of that name';
    case 'EISDIR': return 'it is a folder, not a file';
    default: return toMessage(error);
  }
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
