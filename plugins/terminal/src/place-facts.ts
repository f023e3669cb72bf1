import { readBranch } from './branch.ts';
import type { Conversation } from './conversation.ts';

/** Finds out what no event tells, beside the drawing: the branch, after each turn anew, and what the model can take. */
export function watchPlace(conversation: Conversation): void {
  let [wasIdle, known] = [false, ''];
  const look = (): void => {
    const { phase, provider, model } = conversation.snapshot().status;
    const isIdle = phase === 'idle';
    if (isIdle && !wasIdle) void learnBranch(conversation);
    wasIdle = isIdle;
    if (known === `${provider}/${model}` || model === '') return;
    known = `${provider}/${model}`;
    void learnWindow(conversation, { provider, model });
  };
  conversation.subscribe(look);
  look();
}

async function learnBranch(conversation: Conversation): Promise<void> {
  const branch = await readBranch(conversation.session.cwd);
  if (branch !== conversation.snapshot().status.branch) conversation.learn({ branch });
}

async function learnWindow(conversation: Conversation, model: { provider: string; model: string }): Promise<void> {
  const limits = await findLimits(conversation, model);
  if (conversation.snapshot().status.model === model.model) conversation.learn({ windowTokens: limits?.isKnown === true ? limits.windowTokens : undefined });
}

async function findLimits({ session, setup }: Conversation, model: { provider: string; model: string }): Promise<{ windowTokens: number; isKnown: boolean } | undefined> {
  try {
    return await (await session.kernel.optionalService('compaction', setup.turn.signal))?.limitsOf(model);
  } catch {
    return undefined; // The plugin says by itself what is wrong with it; here only a number is missing.
  }
}
