import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { EXIT, PithError } from '@pith/kernel';

const TYPES = '.pith/types';
/** How hook files are read where nobody says otherwise: as Node runs them, by erasing their types. */
const TSCONFIG = {
  compilerOptions: {
    target: 'es2024', lib: ['es2024', 'dom'], module: 'preserve', moduleDetection: 'force', strict: true, noEmit: true, skipLibCheck: true,
    erasableSyntaxOnly: true, allowImportingTsExtensions: true, allowJs: true,
    paths: { '@pith/kernel': [`./${TYPES}/index.d.ts`], '@pith/kernel/testing': [`./${TYPES}/testing.d.ts`] },
  },
  include: ['pith.config.*', 'hooks/**/*', `${TYPES}/node.d.ts`],
};
/** Where `@types/node` is installed, it knows more and is taken. */
const NODE_TYPES = "declare module 'node:*';\n";

export interface WrittenTypes {
  /** Relative to the project. */
  files: string[];
  /** What a person has to add to the tsconfig.json that is there already. */
  advice: string | undefined;
}

/**
 * Lets an editor know `@pith/kernel` in a project without packages: its types in `.pith/types`, and a `tsconfig.json` that
 * leads there, unless the project has one of its own.
 * @throws PithError TYPES_MISSING
 */
export async function writeTypes(project: string): Promise<WrittenTypes> {
  const source = dirname(createRequire(import.meta.url).resolve('@pith/kernel'));
  const names = (await readdir(source, { recursive: true })).filter((name) => name.endsWith('.d.ts'));
  if (!names.includes('index.d.ts')) throw new PithError(`The types of @pith/kernel are not beside it in ${source}`, { code: 'TYPES_MISSING', exitCode: EXIT.failed, hint: 'In a clone of pith, run: npm run build' });
  const target = join(project, TYPES);
  await mkdir(target, { recursive: true });
  for (const name of names) {
    await mkdir(dirname(join(target, name)), { recursive: true });
    await copyFile(join(source, name), join(target, name));
  }
  await writeFile(join(target, 'node.d.ts'), NODE_TYPES);
  const tsconfig = join(project, 'tsconfig.json');
  if (existsSync(tsconfig)) return { files: [TYPES], advice: `For the types of @pith/kernel, add to compilerOptions in tsconfig.json: "paths": ${JSON.stringify(TSCONFIG.compilerOptions.paths)}` };
  await writeFile(tsconfig, `${JSON.stringify(TSCONFIG, null, 2)}\n`);
  return { files: [TYPES, 'tsconfig.json'], advice: undefined };
}
