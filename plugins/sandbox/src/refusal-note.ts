import type { ToolResult } from '@pith/kernel';

/** What programs say when the sandbox kept them from something, in English; others are not understood. */
const WRITE = /read-only file system|\bEROFS\b|\[Errno 30\]|device or resource busy|\bEBUSY\b|invalid cross-device link|\bEXDEV\b/i;
const NETWORK = /network is unreachable|temporary failure in name resolution|could not resolve (?:host|proxy)|name or service not known|\bENETUNREACH\b|\bEAI_AGAIN\b|\bgetaddrinfo\b/i;
const SOCKET = /cannot connect to the docker daemon|\/[\w./-]+\.sock(?:et)?\b.*operation not permitted|\bEPERM\b.*\.sock\b/i;

export const AGAIN = 'Make the same call once more to have a person asked.';

export interface Refused {
  writable: readonly string[];
  hosts: readonly string[];
  inside: boolean;
  /** What the proxy let nobody reach meanwhile. */
  unreached: readonly string[];
}

export interface Note {
  text: string;
  /** A person could let it do more than the sandbox alone. */
  mayAsk: boolean;
}

/** Why a command may have failed, where its words show that the sandbox was the reason; else the model would guess. */
export function refusalNote({ isError, content }: ToolResult, { writable, hosts, inside, unreached }: Refused): Note | undefined {
  if (isError !== true) return undefined;
  const text = content.map((block) => (block.type === 'text' ? block.text : '')).join('\n');
  const reasons: string[] = [];
  const isWrite = WRITE.test(text);
  if (isWrite) reasons.push(`commands can write only below ${writable.join(', ')}${inside ? ', and there nothing that is protected' : ''}`);
  if (unreached.length > 0) reasons.push(...unreached);
  else if (NETWORK.test(text)) reasons.push(hosts.length === 0 ? 'commands reach no network' : `commands reach only these hosts, through the proxy of their environment: ${hosts.join(', ')}`);
  if (SOCKET.test(text)) reasons.push('commands cannot talk to services of this machine');
  if (reasons.length === 0) return undefined;
  const mayAsk = inside && isWrite;
  const next = mayAsk ? `${AGAIN} With a yes it may write protected files, and still nothing elsewhere.` : 'It is policy, not an error; do not try it again, choose another way or report it.';
  return { text: `This ran in a sandbox, which may be why it failed: ${reasons.join('; ')}. ${next}`, mayAsk };
}
