import { definePlugin, STAGE } from '@pith/kernel';
import type { Assembly } from './assembly.ts';
import { finishRequest } from './cache/tail.ts';
import { addStable } from './identity.ts';
import { frameForged } from './instructions/forged.ts';
import { optionsSchema } from './options.ts';

/** Behind what everybody else makes of an input. */
const INPUT_LAST = 300;
/** Behind what everybody else makes of a request. */
const REQUEST_LAST = 400;

/** What a model is told before it is asked: who it is, how this project is worked on, and what surrounds the work. */
export default definePlugin({
  name: 'context',
  options: optionsSchema,
  projectFiles: async ({ project, env }) => (await import('./instructions/project-files.ts')).listProjectFiles(project, env),
  setup({ hooks, options, paths, env, childRules }) {
    let loading: Promise<Assembly> | undefined;
    const load = (): Promise<Assembly> => loading ??= import('./assembly.ts').then((loaded) => new loaded.Assembly({ options, paths, env, childRules }));

    hooks.input.tap({ name: 'surroundings', stage: INPUT_LAST }, async (input, turn) => (await load()).extendInput(input, turn));
    hooks.context.tap({ name: 'identity', stage: STAGE.early }, async (request, turn) => addStable(request, { instructions: await (await load()).sections(turn), isSubTurn: turn.parentRunId !== undefined }));
    hooks.tool.tap({ name: 'nested', stage: STAGE.late }, (next) => async (call, turn) => {
      const result = frameForged(await next(call, turn));
      return call.targets.some(({ family }) => family === 'Read' || family === 'Edit') ? (await load()).extendResult(call, turn, result) : result;
    });
    hooks.context.tap({ name: 'tail', stage: REQUEST_LAST }, finishRequest);
  },
});
