import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { decodeText, isBinary, isRefusal, readPlainFile, toStamp } from '@pith/files';
import { type Agent, type AgentProblem, PROMPT_CHARACTERS_MIN } from './agent.ts';
import { readAgent } from './read-agent.ts';

const FILE_BYTES_MAX = 256 * 1024;
const FILES_MAX = 200;

/** Where agents of one place are. */
export interface AgentPlace { folders: readonly string[]; /** Links may lead here and nowhere else. */ root: string; workspace: string | null; /** In front of their names. */ prefix: string }

export const globalPlace = (config: string): AgentPlace => ({ folders: [join(config, 'agents')], root: join(config, 'agents'), workspace: null, prefix: '' });

/** @param taken names of other workspaces: a second one of the same name bears the beginning of a hash of its path */
export function workspacePlace(workspace: string, taken: ReadonlySet<string>): AgentPlace & { name: string } {
  const plain = basename(workspace);
  const name = taken.has(plain) ? `${plain}-${createHash('sha256').update(workspace).digest('hex').slice(0, 6)}` : plain;
  return { folders: [join(workspace, '.claude', 'agents'), join(workspace, '.agents')], root: workspace, workspace, prefix: `${name}:`, name };
}

/** The agents of one place, read again where a file has changed. */
export class AgentFolder {
  readonly place: AgentPlace;
  readonly #read = new Map<string, { stamp: string; made: Omit<Agent, 'id' | 'workspace'> | AgentProblem }>();

  constructor(place: AgentPlace) {
    this.place = place;
  }

  /** @returns those that can be read, of two with one name the first, and what is wrong with others */
  read(): { agents: Agent[]; problems: AgentProblem[] } {
    const files = this.place.folders.flatMap(listFiles);
    const problems: AgentProblem[] = files.length > FILES_MAX ? [{ file: files[FILES_MAX]!, problem: `and ${files.length - FILES_MAX - 1} more are not read: at most ${FILES_MAX} are` }] : [];
    const found = new Set(files.slice(0, FILES_MAX));
    for (const file of this.#read.keys()) if (!found.has(file)) this.#read.delete(file);
    const agents = new Map<string, Agent>();
    for (const file of found) {
      const made = this.#readFile(file);
      if ('problem' in made) problems.push(made);
      else {
        const id = `${this.place.prefix}${made.name}`;
        if (agents.has(id)) problems.push({ file, problem: `has the name of ${agents.get(id)!.file}, which counts` });
        else agents.set(id, { ...made, id, workspace: this.place.workspace });
      }
    }
    return { agents: [...agents.values()], problems };
  }

  #readFile(file: string): Omit<Agent, 'id' | 'workspace'> | AgentProblem {
    const stats = statSync(file, { throwIfNoEntry: false }); // Of what a link leads to.
    const stamp = stats === undefined ? '' : toStamp(stats);
    const known = this.#read.get(file);
    if (known !== undefined && known.stamp === stamp) return known.made;
    const made = toAgent(file, this.place.root);
    this.#read.set(file, { stamp, made });
    return made;
  }
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.md')).sort().map((name) => join(folder, name));
  } catch {
    return []; // There is none, or it may not be read: then it has no agents for us.
  }
}

function toAgent(file: string, root: string): Omit<Agent, 'id' | 'workspace'> | AgentProblem {
  const read = readPlainFile(file, { roots: [root], limitBytes: FILE_BYTES_MAX });
  if (isRefusal(read)) return { file, problem: read.what };
  const text = decodeText(read.bytes);
  if (isBinary(text)) return { file, problem: 'is not text' };
  const agent = readAgent(text.text);
  if (typeof agent === 'string') return { file, problem: agent };
  if (agent.prompt.length < PROMPT_CHARACTERS_MIN) return { file, problem: `has a prompt of fewer than ${PROMPT_CHARACTERS_MIN} characters, which no request could be told by` };
  return { ...agent, file };
}
