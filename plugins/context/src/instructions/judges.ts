import { isPithError, type Mode, readProjectFiles, type Services, toMessage } from '@pith/kernel';
import type { Judges } from './reader.ts';

interface Asking {
  cwd: string;
  roots: readonly string[];
  mode: Mode;
  service<K extends keyof Services>(name: K): Promise<Services[K]>;
}

/** Asks those who know what was trusted and what may be read. Where nobody knows, nothing is trusted, and no rule forbids. */
export function createJudges({ cwd, roots, mode, service }: Asking): Judges {
  const find = async <K extends keyof Services>(name: K): Promise<Services[K] | undefined> => {
    try {
      return await service(name);
    } catch (error) {
      if (isPithError(error) && error.code === 'SERVICE_MISSING') return undefined;
      throw error;
    }
  };
  return {
    isTrusted: async ({ path, text, folder }) => {
      try {
        const trust = await find('trust');
        if (trust === undefined) return false;
        const { project } = await readProjectFiles(folder);
        return await trust.stateOf(project, new Map([[path, text]])) === 'trusted';
      } catch {
        return false; // What cannot be told is not trusted; whoever needs the store says what is wrong with it.
      }
    },
    whyForbidden: async (place, isInside) => {
      try {
        const permissions = await find('permissions');
        const found = await permissions?.explain(`Read(${place})`, { cwd, roots, mode });
        // What lies outside of the project is asked about anyway; there only a rule forbids.
        if (found === undefined || found.verdict === 'allow' || (found.verdict === 'ask' && !isInside)) return undefined;
        return found.rule === null ? found.reason : `${found.reason} (rule ${found.rule})`;
      } catch (error) {
        return `permission could not judge it: ${toMessage(error)}`;
      }
    },
  };
}
