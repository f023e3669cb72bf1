import { isFlag, must, type OptionCheck } from '@pith/kernel';

/** What else a person may say under `plugins.balancer` of the settings. */
export interface ApiOptions {
  /** What agents get that name no model, and for which nobody prefers one; nothing leaves it to the program. */
  defaultAgentModel: string | null;
  /** Whether `/metrics` is answered without the token. */
  openMetrics: boolean;
}

const MODEL = /^[\w.:/@[\]-]{1,200}$/;

export const apiChecks: Readonly<Record<keyof ApiOptions, OptionCheck>> = {
  defaultAgentModel: must('the name of a model, or null', (given) => given === null || (typeof given === 'string' && MODEL.test(given))),
  openMetrics: isFlag,
};

export const apiDefaults: ApiOptions = { defaultAgentModel: null, openMetrics: false };
