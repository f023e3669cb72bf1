import { defineOptions, isFlag, isName, isText, isWhole } from '@pith/kernel';

export interface ClassifierOptions {
  enabled: boolean;
  /** Who judges. Default: the model of the session. */
  provider?: string;
  model?: string;
  /** What holds here, in a person's words. */
  policy: string;
  /** Its yes counts, not only its no. */
  mayApprove: boolean;
  timeoutMs: number;
  maxCallsPerTurn: number;
  /** Of a session. */
  maxCostMicroUsd: number;
  /** Of a call, as JSON; more of it is cut, and such a call is not approved. */
  maxInputCharacters: number;
}

const DEFAULTS = { enabled: false, policy: '', mayApprove: false, timeoutMs: 10_000, maxCallsPerTurn: 20, maxCostMicroUsd: 500_000, maxInputCharacters: 20_000 };

const isCount = isWhole(1);

export const optionsSchema = defineOptions<ClassifierOptions>({
  enabled: isFlag, provider: isName, model: isName, policy: isText, mayApprove: isFlag,
  timeoutMs: isCount, maxCallsPerTurn: isCount, maxCostMicroUsd: isCount, maxInputCharacters: isCount,
}, { defaults: DEFAULTS });
