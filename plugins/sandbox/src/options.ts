import { describe, type Schema } from '@pith/kernel';
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

const KEYS = ['writeRoots', 'denyRead', 'network', 'required', 'allowInside'];

/** Checked by hand: zod would be loaded at every start. */
export const optionsSchema: Schema<SandboxOptions> = {
  '~standard': {
    version: 1, vendor: 'pith',
    validate: (value = {}) => {
      const issue = (path: (string | number)[], message: string) => ({ issues: [{ path, message }] });
      if (!isRecord(value)) return issue([], `must be an object; found ${describe(value)}`);
      const { writeRoots = [], denyRead = HIDDEN, network = false, required = false, allowInside = false, ...rest } = value;
      for (const key of Object.keys(rest)) return issue([key], `is not known; the options are ${KEYS.join(', ')}`);
      for (const [key, list] of Object.entries({ writeRoots, denyRead })) {
        if (!Array.isArray(list)) return issue([key], `must be a list of paths; found ${describe(list)}`);
        const bad = list.findIndex((path) => typeof path !== 'string' || !/^(?:~$|~\/|\/)/.test(path) || path.includes('\0'));
        if (bad >= 0) return issue([key, bad], `must be an absolute path, or begin with ~/; found ${describe(list[bad])}`);
      }
      for (const [key, flag] of Object.entries({ required, allowInside })) if (typeof flag !== 'boolean') return issue([key], `must be true or false; found ${describe(flag)}`);
      if (network !== false) {
        const hosts = isRecord(network) && Object.keys(network).join() === 'hosts' ? network['hosts'] : undefined;
        if (!Array.isArray(hosts)) return issue(['network'], `must be false, or { "hosts": [...] }; found ${describe(network)}`);
        const bad = hosts.findIndex((host) => typeof host !== 'string' || parseHost(host) === undefined);
        if (bad >= 0) return issue(['network', 'hosts', bad], `must be a host as example.com, *.example.com or example.com:8443; found ${describe(hosts[bad])}`);
      }
      return { value: { writeRoots, denyRead, network, required, allowInside } as SandboxOptions };
    },
  },
};

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
