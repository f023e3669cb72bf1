import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SkillRequest } from '../src/find-skills.ts';

/** A project in a repository, a home and an administrator's folder, all temporary. */
export interface Ground {
  /** Of all of them. */
  folder: string;
  project: string;
  home: string;
  managed: string;
  env: Readonly<Record<string, string>>;
  request: SkillRequest;
  /** Paths are relative to the folder of all. */
  write(path: string, text: string | Buffer): Promise<string>;
  /** A skill in a folder for skills. */
  skill(folder: string, name: string, more?: { description?: string; front?: string; body?: string }): Promise<string>;
  link(path: string, to: string): Promise<void>;
  pipe(path: string): Promise<void>;
  remove(): Promise<void>;
}

export async function createGround(): Promise<Ground> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'pith-skills-')));
  const [project, home, managed] = ['project', 'home', 'managed'].map((name) => join(folder, name)) as [string, string, string];
  await mkdir(join(project, '.git'), { recursive: true });
  await mkdir(home);
  const env = { HOME: home };
  const at = async (path: string): Promise<string> => {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    return file;
  };
  const write = async (path: string, text: string | Buffer): Promise<string> => {
    const file = await at(path);
    await writeFile(file, text);
    return file;
  };
  return {
    folder, project, home, managed, env, write,
    request: { cwd: project, roots: [project], env, configFolder: join(home, '.config', 'pith'), managedFolder: managed },
    skill: (place, name, { description = `What ${name} is for.`, front = '', body = `Do ${name}.` } = {}) => write(join(place, name, 'SKILL.md'), `---\nname: ${name}\ndescription: ${description}\n${front}---\n${body}\n`),
    link: async (path, to) => symlink(to, await at(path)),
    pipe: async (path) => { execFileSync('mkfifo', [await at(path)]); },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
