import { basename, dirname } from 'node:path';
import { describe, nearest } from '@pith/kernel';
import { z } from 'zod';
import { type FrontMatter, isFault, readFrontMatter } from './front-matter.ts';
import type { Place } from './places.ts';
import type { Problem } from './problem.ts';

export interface Skill {
  name: string;
  description: string;
  place: Place;
  /** SKILL.md as it was found, absolute. */
  file: string;
  /** The same as a person would write it. */
  shown: string;
  /** Its folder, links resolved; SKILL.md itself may be a link to somewhere else. */
  folder: string;
  /** The whole file: what trust is about. */
  text: string;
  body: string;
  /** The line of the file that the body begins at. */
  bodyLine: number;
  /** Names of the arguments, in their order. */
  argumentNames: readonly string[];
  argumentHint?: string;
  /** Only a person loads it. */
  onlyForPeople: boolean;
  /** Only the model loads it. */
  onlyForModel: boolean;
  /** Tells whether it has changed since. */
  stamp: string;
  /** Keys that have no effect here. */
  notApplied: readonly string[];
}

export const MAX_NAME = 64;
/** Of the format. What is longer is used, and told as a mistake. */
const MAX_DESCRIPTION = 1024;
const MAX_COMPATIBILITY = 500;
/** Letters of any script that have no upper case, digits, single hyphens. */
const NAME = /^[\p{Ll}\p{Lo}\p{N}]+(?:-[\p{Ll}\p{Lo}\p{N}]+)*$/u;

/** Known to others, with no meaning here: told by `pith skills show` and `check`. */
const NOT_APPLIED = ['model', 'effort', 'context', 'agent', 'background', 'hooks', 'paths', 'shell', 'disallowed-tools', 'allowed-tools', 'version', 'mode'];
const KEYS = ['name', 'description', 'license', 'compatibility', 'metadata', 'when_to_use', 'argument-hint', 'arguments', 'disable-model-invocation', 'user-invocable', ...NOT_APPLIED];

const textOf = (words: string): z.ZodString => z.string({ error: ({ input }) => `is ${describe(input)}; ${words}` });
const yesNo = z.boolean({ error: ({ input }) => `is ${describe(input)}; write true or false` });
const names = z.union([z.string().transform((text) => text.split(/[\s,]+/).filter((name) => name !== '')), z.array(z.string())], { error: ({ input }) => `is ${describe(input)}; write names, as [file, branch]` });
const schema = z.looseObject({
  name: textOf('write a text').optional(),
  description: textOf('write in a sentence what it does and when it is of use').optional(),
  license: textOf('write a text').optional(),
  compatibility: textOf('write a text').optional(),
  metadata: z.record(z.string(), z.unknown(), { error: ({ input }) => `is ${describe(input)}; write keys with values below it` }).optional(),
  when_to_use: textOf('write a text').optional(),
  // As [file] it is a list to YAML, and meant as it is written.
  'argument-hint': z.union([z.string(), z.array(z.unknown()).transform((list) => `[${list.join(', ')}]`)], { error: ({ input }) => `is ${describe(input)}; write a text, as "[file] [branch]"` }).optional(),
  arguments: names.optional(),
  'disable-model-invocation': yesNo.optional(),
  'user-invocable': yesNo.optional(),
});

export interface ParsedSkill {
  /** Nothing where an error keeps it from being used. */
  skill?: Skill;
  problems: readonly Problem[];
}

/** Reads a SKILL.md. A small mistake is a warning: others wrote it for other programs. */
export async function parseSkill(text: string, at: Pick<Skill, 'file' | 'folder' | 'shown' | 'place' | 'stamp'>): Promise<ParsedSkill> {
  const found = await readFrontMatter(text);
  const fail = (text: string, line?: number): ParsedSkill => ({ problems: [{ level: 'error', file: at.shown, text, ...(line === undefined ? {} : { line }) }] });
  if (found === undefined) return fail('it has no front matter; begin it with a line of ---, then name: and description:, then ---', 1);
  if (isFault(found)) return fail(found.text, found.line);
  const { data, error } = schema.safeParse(found.values);
  if (error !== undefined) {
    const key = String(error.issues[0]!.path[0]);
    return fail(`${key} ${error.issues[0]!.message}`, found.lines.get(key));
  }
  const folderName = basename(dirname(at.file));
  if (!isSkillName(folderName)) return fail(`its folder is called ${JSON.stringify(folderName)}; a skill's name has lower-case letters, digits and single hyphens, at most ${MAX_NAME}`);
  const { description = '', when_to_use: when, 'argument-hint': argumentHint, arguments: argumentNames = [] } = data;
  if (description.trim() === '') return fail('it has no description; write in a sentence what it does and when it is of use', found.lines.get('description') ?? 1);
  const problems = [...nameProblems(data.name, folderName, found), ...lengthProblems(data, found), ...unknownKeys(found)].map((remark): Problem => ({ file: at.shown, ...remark }));
  return {
    problems,
    skill: {
      name: folderName, description: [description, when ?? ''].join(' ').replaceAll(/\s+/g, ' ').trim(), place: at.place, file: at.file, shown: at.shown, folder: at.folder,
      text, body: found.body, bodyLine: found.bodyLine, argumentNames, ...(argumentHint === undefined ? {} : { argumentHint }),
      onlyForPeople: data['disable-model-invocation'] === true, onlyForModel: data['user-invocable'] === false, stamp: at.stamp,
      notApplied: [...found.lines.keys()].filter((key) => NOT_APPLIED.includes(key)),
    },
  };
}

/** Of the instructions, when it is loaded: four characters a token. */
export function countTokens({ body }: Pick<Skill, 'body'>): number {
  return Math.ceil(body.length / 4);
}

export function isSkillName(name: string): boolean {
  return name.length <= MAX_NAME && name.normalize('NFKC') === name && NAME.test(name);
}

type Remark = Omit<Problem, 'file'>;
const at = (line: number | undefined): Pick<Remark, 'line'> => (line === undefined ? {} : { line });

function nameProblems(name: string | undefined, folder: string, { lines }: FrontMatter): Remark[] {
  if (name === undefined) return [{ level: 'warning', line: 1, text: `it has no name; write name: ${folder}, as its folder` }];
  return name === folder ? [] : [{ level: 'warning', ...at(lines.get('name')), text: `name is ${JSON.stringify(name)} and its folder ${JSON.stringify(folder)}, by which it goes; both must be the same` }];
}

function lengthProblems({ description = '', compatibility = '' }: z.output<typeof schema>, { lines }: FrontMatter): Remark[] {
  return ([['description', description, MAX_DESCRIPTION], ['compatibility', compatibility, MAX_COMPATIBILITY]] as const)
    .filter(([, text, limit]) => text.length > limit)
    .map(([key, text, limit]) => ({ level: 'warning', ...at(lines.get(key)), text: `${key} has ${text.length} characters; the format allows ${limit}` }));
}

function unknownKeys({ lines }: FrontMatter): Remark[] {
  return [...lines].filter(([key]) => !KEYS.includes(key)).map(([key, line]) => {
    const [near] = nearest(key, KEYS);
    return { level: 'hint', line, text: `${JSON.stringify(key)} is no key of a skill${near === undefined ? `; keys of your own belong below metadata` : `; did you mean ${near}?`}` };
  });
}
