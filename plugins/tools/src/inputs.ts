import { z } from 'zod';

/**
 * What the tools take. `npm run schemas` writes what the model is told of it into `schemas.json`, so that nothing here is
 * loaded before a tool is called.
 */

export const MAX_TIMEOUT_MS = 600_000;
export const DEFAULT_TIMEOUT_MS = 120_000;

const text = (what: string) => z.string().refine((value) => value.isWellFormed(), `${what} holds half of a character (a lone surrogate), which is not text`);
const path = text('the path').min(1, 'the path is empty').refine((value) => !value.includes('\0'), 'the path holds a NUL character, which no file name can');
const count = (least: number) => z.number().int().min(least);

export const readInput = z.strictObject({
  path,
  offset: count(1).optional().describe('first line, from 1'),
  limit: count(1).optional().describe('lines, default 2000'),
});

export const writeInput = z.strictObject({ path, content: text('the content') });

const old = text('old').min(1, 'old is empty; to make a file use write');
const replacement = text('new');

export const editInput = z.strictObject({
  path,
  old: old.optional(),
  new: replacement.optional(),
  edits: z.array(z.strictObject({ old, new: replacement })).min(1).max(100).optional().describe('instead of old and new: applied in order, all or none'),
}).refine(({ old, new: replacement, edits }) => (edits === undefined ? old !== undefined && replacement !== undefined : old === undefined && replacement === undefined), 'give either old and new, or edits');

export const applyPatchInput = z.strictObject({ patch: text('the patch').min(1, 'the patch is empty') });

export const listInput = z.strictObject({ path: path.optional().describe('default: the working folder') });

const line = (what: string, most: number) => text(what).trim().min(1, `${what} is empty`).max(most, `${what} is longer than ${most} characters`);

export const todoInput = z.strictObject({
  items: z.array(z.strictObject({ text: line('the text', 500), status: z.enum(['open', 'active', 'done']) })).max(100).optional().describe('the whole new list; without it the list is shown'),
});

export const askUserInput = z.strictObject({
  question: line('the question', 4000),
  options: z.array(line('the option', 200)).min(2).max(9).refine((all) => new Set(all.map((one) => one.toLowerCase())).size === all.length, 'two options are the same').optional(),
});

export const webSearchInput = z.strictObject({
  query: line('the query', 500).refine((value) => !/\p{Cc}/u.test(value), 'the query holds control characters').refine((value) => !value.startsWith('-'), 'the query begins with a dash, which a program would take for an option; begin with another word'),
});

const MAX_PATTERN = 1000;
const noNul = (value: string) => !value.includes('\0');
const pattern = (what: string) => text(what).min(1, `${what} is empty`).max(MAX_PATTERN, `${what} is longer than ${MAX_PATTERN} characters`).refine(noNul, `${what} holds a NUL character, which no name or line of text does`);

export const globInput = z.strictObject({
  pattern: pattern('the pattern').describe('from the folder on: src/**/*.ts'),
  path: path.optional(),
  hidden: z.boolean().optional().describe('also names that begin with a dot'),
});

export const grepInput = z.strictObject({
  pattern: pattern('the pattern').describe('regular expression'),
  path: path.optional().describe('file or folder'),
  glob: pattern('the glob').optional().describe('only such files: *.ts, src/**, !*.md'),
  ignoreCase: z.boolean().optional(),
  context: count(0).max(20).optional().describe('lines around each match'),
  filesOnly: z.boolean().optional().describe('only paths'),
});

export const bashInput = z.strictObject({
  command: text('the command').min(1, 'the command is empty').refine((value) => !value.includes('\0'), 'the command holds a NUL character, which no command can'),
  timeoutMs: count(1).max(MAX_TIMEOUT_MS).optional().describe(`default ${DEFAULT_TIMEOUT_MS}, at most ${MAX_TIMEOUT_MS}`),
  background: z.boolean().optional().describe('return at once; look with jobs'),
});

export const jobsInput = z.strictObject({
  job: z.string().min(1).optional().describe('default: list all'),
  action: z.enum(['output', 'stop']).optional().describe('default output: what it wrote since the last look'),
  waitMs: count(0).max(MAX_TIMEOUT_MS).optional().describe('wait this long for it to end'),
});

export type ReadInput = z.infer<typeof readInput>;
export type WriteInput = z.infer<typeof writeInput>;
export type EditInput = z.infer<typeof editInput>;
export type ApplyPatchInput = z.infer<typeof applyPatchInput>;
export type ListInput = z.infer<typeof listInput>;
export type TodoInput = z.infer<typeof todoInput>;
export type AskUserInput = z.infer<typeof askUserInput>;
export type WebSearchInput = z.infer<typeof webSearchInput>;
export type GlobInput = z.infer<typeof globInput>;
export type GrepInput = z.infer<typeof grepInput>;
export type BashInput = z.infer<typeof bashInput>;
export type JobsInput = z.infer<typeof jobsInput>;

export const inputs = { read: readInput, write: writeInput, edit: editInput, 'apply-patch': applyPatchInput, list: listInput, glob: globInput, todo: todoInput, 'ask-user': askUserInput, 'web-search': webSearchInput, grep: grepInput, bash: bashInput, jobs: jobsInput };
