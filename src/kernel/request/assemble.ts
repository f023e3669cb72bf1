import { assembleContext } from '../context.ts';
import { type ContextReport, reportContext } from './context-report.ts';
import type { TurnInput } from '../session.ts';
import type { ModelRequest } from '../message.ts';
import { countByProvider } from '../model.ts';
import type { Run } from '../run.ts';
import { takeInput } from '../turn.ts';

/** What a preview has found. */
export interface Assembled {
  /** Absent where a tap has answered the input by itself: then nothing would be sent. */
  request?: ModelRequest;
  report?: ContextReport;
  reply?: string;
  /** Tokens as the vendor counts them, where it was asked; `null` where it has no address for that. */
  counted?: number | null;
}

/** Everything up to the model call. */
export async function assemble(run: Run, input: TurnInput | undefined, { count }: { count: boolean }): Promise<Assembled> {
  if (input !== undefined) {
    const { text, attachments, verbatim } = input;
    const ending = await takeInput(run, { text, origin: run.setup.origin, ...(attachments === undefined ? {} : { attachments: [...attachments] }), ...(verbatim ? { verbatim } : {}) });
    if (ending !== undefined) return { reply: ending.text ?? '' };
  }
  run.step++;
  const request = await assembleContext(run, 'step');
  const counted = count ? await countByProvider(run, request) : undefined;
  return { request, report: reportContext(request, run.generation.imageRule(request)), ...(counted === undefined ? {} : { counted }) };
}
