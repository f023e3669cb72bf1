import type { PreparedCall } from '@pith/kernel';
import type { SandboxOptions } from './options.ts';

/** What the tool `bash` of the plugin `tools` is asked to run; of no other tool is it known that it starts its programs as it is told. */
export function commandOf({ owner, name, effect, targets }: PreparedCall): string | undefined {
  return owner === 'tools' && name === 'bash' && effect === 'exec' && targets.length === 1 ? targets[0]!.command : undefined;
}

/**
 * Whether a call may pass because of the sandbox alone: in mode acceptEdits, with no network, waited for to its end. git is left
 * out: what it is for lies in a folder that such a command cannot write. So is a text that does not show what it holds.
 */
export function mayStayInside(call: PreparedCall, { allowInside, network }: SandboxOptions): boolean {
  const command = commandOf(call);
  if (!allowInside || network !== false || call.mode !== 'acceptEdits' || command === undefined) return false;
  if ((call.input as { background?: unknown } | null)?.background === true) return false;
  return !/\bgit\b/i.test(command) && !/[^\P{C}\n\t]|\p{DI}/u.test(command);
}
