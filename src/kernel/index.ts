/** The public API of the kernel: what a plugin, a host or a test may use. */
export { createKernel, type Host, type Kernel, type KernelOptions } from './kernel.ts';
export { openCommandKernel } from './command-kernel.ts';
export type { Session, SessionOptions, Sink, TurnInput, TurnOptions } from './session.ts';
export type { Assembled } from './request/assemble.ts';
export type { TurnResult } from './turn.ts';
export { type ContextReport, type MessageKind, reportContext, type RequestPart, toParts } from './request/context-report.ts';
export {
  defineConfig, definePlugin, defineRouteBody, defineTool, defineToolBody,
  type AgentDeclaration, type ChildRules, type ContributionContext, type Finding, type PluginDefinition, type PluginSource, type PluginStatus, type PithConfig, type PreviewContext, type Provider, type ProviderDeclaration, type ProviderSetting,
  type CommandResult, type CommandSource, type Route, type RouteBody, type RouteHead, type RouteInput, type Schema, type SessionState, type SetupContext, type SlashCommand, type ToolBody, type ToolContext, type ToolDeclaration, type ToolHead, type ToolSource,
} from './plugin.ts';
export {
  abstain, allow, ask, deny, HOOK_NAMES, STAGE,
  type CallModelRequest, type ContextTap, type ExecuteRun, type ExecuteWrap, type Execution, type Exemplified, type HookName, type Hooks, type InputTap, type ModelCall, type ModelWrap,
  type NextModelCall, type ObserverOptions, type Opinion, type OutputTap, type PermissionTap, type PermissionTapOptions, type PreparedCall, type PrepareRun, type PrepareWrap, type SubTurn, type SubTurnResult,
  type TapOptions, type ToolCall, type ToolOutcome, type ToolResult, type ToolTapOptions, type Turn, type UserInput, type WrapOptions,
} from './hooks.ts';
export type { ListedCommand } from './commands.ts';
export { applyHistory } from './history.ts';
export { examinePlugins } from './load/examine.ts';
export { replaySitting } from './replay/replay.ts';
export type { Difference, Heard } from './replay/playback.ts';
export type { KeptError, Outcome, Outside, OutsideBody, RecordedSitting, SessionFacts, SourceTool, StreamEnd, TurnFacts } from './replay/tape.ts';
export type { ContextExample, ExampleCall, ExampleHook, ExamplesByHook, InputExample, ModelExample, PermissionExample, TapExample, TextPattern, ToolExample } from './tap-example.ts';
export * from './message.ts';
export * from './event.ts';
export { createSecrets, type Secrets, type SecretStream } from './secrets/secrets.ts';
export type { ChatSetup, Checkpoint, Checkpoints, Compaction, Database, DatabaseStatus, LocalSettings, Migration, ModelFacts, ModelPrices, PermissionExplanation, Permissions, PricedCall, Pricing, Queries, RecordedPart, RecordedSession, RestoredFile, RestorePreview, RestoreResult, SecretValue, Services, SessionStep, SessionSteps, SessionStore, SessionSummary, SqlResult, SqlValue, StoredSecret, StoredSession, Terminal, TransactionMode, Trust, UndoneSteps, Vault, VaultStatus, WindowLimits } from './services.ts';
export { defineOptions, isFlag, isListOf, isName, isOneOf, isOptions, isText, isWhole, must, type OptionCheck, type OptionIssue } from './options.ts';
export { describe, ERRORS, EXIT, isPithError, nearest, PithError, toErrorReport, toMessage, toPithError, type ErrorReport, type ExitCode, type KernelErrorCode, type PithErrorOptions } from './errors.ts';
export { exitProcess, forbidExit } from './base/exit.ts';
export { managedSettingsFile, resolvePaths, type Paths } from './paths.ts';
export { encloseResult, errorResult, textResult } from './tool/tool-result.ts';
export { TOOL_ENTRY_PATHS, type ToolEntryPath } from './tool/tool-wrap.ts';
export { describeChange, joinRoom, type RoomMade } from './output/describe-change.ts';
export { type Choice, showHidden, toAnswer, toChoices } from './output/choices.ts';
export { cutMiddle } from './tool/result-limit.ts';
export { enclose, escapeControl } from './base/text.ts';
export { toIssueText } from './base/issue-text.ts';
export { fingerprint } from './request/fingerprint.ts';
export { hashOf } from './request/part-digest.ts';
export { type ImageSize, readImageSize } from './request/image-size.ts';
export { estimateText } from './request/token-estimate.ts';
export { estimateBlock, fitSide } from './request/token-parts.ts';
export { type CountError, estimateRequest } from './request/tokens.ts';
export { createId } from './base/id.ts';
export type { TapOutcome, TraceEntry, TurnTrace } from './trace.ts';
export type { Trouble } from './output/output.ts';
export type { Tap } from './frame.ts';
export { checkKernelRange } from './load/plugin-check.ts';
export { placeOf } from './load/record-taps.ts';
export { KERNEL_VERSION } from './version.ts';
export { findHookConfig, loadConfig, PROJECT_FILES, readProjectFiles, type Config, type ConfigRequest } from './config.ts';
export { LAYERS, RULE_LISTS, type Layer, type LayerValues, type Restrictions, type Rules, type SourcedRule } from './config/fold-layers.ts';
export { findJsonPlaces, type JsonPlace, lineAt } from './config/json-places.ts';
export type { RuleEntry, Settings } from './config/settings.ts';
export { readWhole, toStamp, type WholeFile } from './base/read-whole.ts';
