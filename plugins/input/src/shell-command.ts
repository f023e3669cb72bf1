import { enclose, type Message, PithError, type ToolOutcome, toText, type Turn } from '@pith/kernel';
import { inputError } from './errors.ts';
import { toReply } from './reply.ts';

/**
 * Runs what a person typed behind `!`, through the tool `bash` and its permission. The output is the reply, and stands in the
 * conversation, so that the next question may be about it.
 * @returns the output
 */
export async function runShellCommand(command: string, turn: Turn): Promise<string> {
  const outcome = await turn.callTool({ name: 'bash', input: { command } });
  checkRan(outcome, turn);
  const output = toText(outcome.content);
  const said: Message = {
    role: 'user',
    content: [{ type: 'text', text: `The user ran a command and saw its output:\n${enclose(output, 'shell', { command })}`, label: { owner: 'input', name: `!${command}` } }],
  };
  await turn.setHistory([...turn.messages, said], { reason: `!${command}` });
  return toReply(output);
}

/** A command that ended with an error has run: its output says so. @throws where none has run */
function checkRan({ status, reason, rule, content, code, details }: ToolOutcome, turn: Turn): void {
  if (status === 'interrupted') turn.signal.throwIfAborted();
  if (status === 'refused') throw inputError(`The command was not run: ${reason}${rule === null ? '' : ` (rule ${rule})`}`, 'SHELL_COMMAND_REFUSED', 'Allow it with a rule: pith run --allow "Bash(…)". pith hooks explain bash tells who decided.');
  if (code === 'PREVIEW_ONLY') throw new PithError(toText(content), { code }); // Whoever only looks knows what to do with it.
  if (code === 'TOOL_UNKNOWN') throw inputError('There is no tool that runs commands', 'SHELL_COMMAND_FAILED', 'The plugin tools brings bash; pith doctor says why it is not here.');
  if (status === 'error' && details === undefined) throw inputError(`The command was not run: ${toText(content).replace(/[.\s]+$/, '')}`, 'SHELL_COMMAND_FAILED', 'Try it in a shell of your own.');
}
