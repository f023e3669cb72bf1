import { defineOptions, describe, isFlag, must, type OptionCheck } from '@pith/kernel';
import { HIDDEN } from './hidden.ts';
import { parseHost } from './hosts.ts';

export interface SandboxOptions {
  /** Folders that commands may write besides the session's own and their temporary one. `~` is home. */
  writeRoots: readonly string[];
  /** Files and folders that commands find empty. `~` is home. */
  denyRead: readonly string[];
  /** Hosts that commands may reach; `false` is none. */
  network: false | { hosts: readonly string[] };
  /** Where there is no sandbox, no command runs. */
  required: boolean;
  /** In mode acceptEdits a confined command needs no question. */
  allowInside: boolean;
}

const isPaths: OptionCheck = (given, path) => {
  if (!Array.isArray(given)) return [{ path, message: `must be a list of paths; found ${describe(given)}` }];
  return given.flatMap((one: unknown, index) => isPath(one, [...path, index]));
};
const isPath = must('an absolute path, or begin with ~/', (given) => typeof given === 'string' && /^(?:~$|~\/|\/)/.test(given) && !given.includes('\0'));

const isNetwork: OptionCheck = (given, path) => {
  if (given === false) return [];
  const hosts = typeof given === 'object' && given !== null && Object.keys(given).join() === 'hosts' ? (given as { hosts: unknown }).hosts : undefined;
  if (!Array.isArray(hosts)) return [{ path, message: `must be false, or { "hosts": [...] }; found ${describe(given)}` }];
  return hosts.flatMap((host: unknown, index) => isHost(host, [...path, 'hosts', index]));
};
const isHost = must('a host as example.com, *.example.com or example.com:8443', (given) => typeof given === 'string' && parseHost(given) !== undefined);

export const optionsSchema = defineOptions<SandboxOptions>(
  { writeRoots: isPaths, denyRead: isPaths, network: isNetwork, required: isFlag, allowInside: isFlag },
  { defaults: { writeRoots: [], denyRead: HIDDEN, network: false, required: false, allowInside: false } },
);
