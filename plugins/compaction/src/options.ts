import { defineOptions, isWhole, must, type OptionCheck } from '@pith/kernel';

export interface CompactionOptions {
  /** Tokens of the model's window, where the model list does not know it or says too much. */
  windowTokens: number | undefined;
  /** The share of the window above which room is made. */
  threshold: number;
  /** The share of the window down to which it is made. */
  target: number;
  /** The newest steps that stay whole, where they fit. */
  keepSteps: number;
  /** The model that writes summaries, as `--model` takes it. Default: the one of the turn. */
  summaryModel: string | undefined;
  /** How long it may take for one, in milliseconds. */
  summaryTimeoutMs: number;
}

const TARGET = 0.45;
/** Of a threshold that is set lower. */
const TARGET_SHARE = 0.65;

export const optionsSchema = defineOptions<CompactionOptions>({
  windowTokens: isWhole(2000, 100_000_000), threshold: isShare(0.2, 0.95), target: isShare(0.1, 0.9), keepSteps: isWhole(1, 100),
  summaryModel: must('the name of a model', (given) => typeof given === 'string' && given.trim() !== ''), summaryTimeoutMs: isWhole(1000, 3_600_000),
}, {
  defaults: { windowTokens: undefined, threshold: 0.7, keepSteps: 4, summaryModel: undefined, summaryTimeoutMs: 120_000 },
  complete: (given) => {
    const target = given.target ?? Math.min(TARGET, given.threshold * TARGET_SHARE);
    if (target < given.threshold) return { value: { ...given, target } };
    return { issues: [{ path: ['target'], message: `must be below the threshold, which is ${given.threshold}; found ${target}` }] };
  },
});

function isShare(least: number, most: number): OptionCheck {
  return must(`a number from ${least} to ${most}, a share of the window`, (given) => typeof given === 'number' && given >= least && given <= most);
}
