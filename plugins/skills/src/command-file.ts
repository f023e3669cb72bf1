import { describe } from '@pith/kernel';
import { z } from 'zod';
import { isFault, readFrontMatter, toLines } from './front-matter.ts';
import type { Place } from './places.ts';
import type { Problem } from './problem.ts';
import type { Skill } from './skill.ts';

/** A text that a person calls by name: a command file, or a skill. */
export interface Callable {
  name: string;
  summary: string;
  /** As it was found, absolute. */
  file: string;
  shown: string;
  place: Place;
  /** The whole file: what trust is about. */
  text: string;
  body: string;
  bodyLine: number;
  argumentNames: readonly string[];
  /** Where it is one. */
  skill?: Skill;
}

/** One that is there and cannot be used: it says so where it is listed, and when it is called. */
export interface BrokenCommand { name: string; problem: Problem }

const MAX_SUMMARY = 120;

const schema = z.looseObject({
  description: z.string({ error: ({ input }) => `is ${describe(input)}; write a text` }).optional(),
  'argument-hint': z.union([z.string(), z.array(z.unknown()).transform((list) => `[${list.join(', ')}]`)], { error: ({ input }) => `is ${describe(input)}; write a text, as "[file] [branch]"` }).optional(),
  arguments: z.union([z.string().transform((text) => text.split(/[\s,]+/).filter((name) => name !== '')), z.array(z.string())], { error: ({ input }) => `is ${describe(input)}; write names, as [file, branch]` }).optional(),
});

/** Reads a command file; front matter may be there, and says what it is for. Other keys have no effect. */
export async function parseCommandFile(text: string, at: Pick<Callable, 'name' | 'file' | 'shown' | 'place'>): Promise<Callable | BrokenCommand> {
  const broken = (text: string, line?: number): BrokenCommand => ({ name: at.name, problem: { level: 'error', file: at.shown, text, ...(line === undefined ? {} : { line }) } });
  const found = await readFrontMatter(text) ?? { values: {}, lines: new Map<string, number>(), body: toLines(text), bodyLine: 1 };
  if (isFault(found)) return broken(found.text, found.line);
  const { data, error } = schema.safeParse(found.values);
  if (error !== undefined) {
    const key = String(error.issues[0]!.path[0]);
    return broken(`${key} ${error.issues[0]!.message}`, found.lines.get(key));
  }
  if (found.body.trim() === '') return broken('it says nothing to the model; write below the front matter what is to be done');
  const { description = firstLine(found.body), 'argument-hint': hint, arguments: argumentNames = [] } = data;
  return { ...at, text, body: found.body.trim(), bodyLine: firstBodyLine(found), argumentNames, summary: toSummary(description, hint) };
}

export function toSummary(description: string, hint: string | undefined): string {
  const text = description.replaceAll(/\s+/g, ' ').trim();
  return `${text.length > MAX_SUMMARY ? `${text.slice(0, MAX_SUMMARY - 1)}…` : text}${hint === undefined || hint === '' ? '' : ` (arguments: ${hint})`}`;
}

function firstLine(body: string): string {
  return body.trim().split('\n')[0]!.replace(/^#+\s*/, '');
}

/** Empty lines in front of the text are not part of it. */
export function firstBodyLine({ body, bodyLine }: { body: string; bodyLine: number }): number {
  return bodyLine + /^\s*/.exec(body)![0].split('\n').length - 1;
}
