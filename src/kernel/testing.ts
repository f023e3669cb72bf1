/**
 * What tests of plugins and hook files need: a kernel with a scripted model, tools whose answers are given, a clock that
 * moves when told, loopback servers. Nothing here touches a home folder, the network beyond this machine, or the clock.
 */
export { allowAll, createTestKernel, testHost, type TestKernel } from './test-kernel.ts';
export { testModel, type ScriptStep, type TestModel } from './test-model.ts';
export { judge, recordedTool, type Judgement, type RecordedTool, type ToolAnswer } from './test-tool.ts';
export { startServer, type LoopbackServer } from './test-server.ts';
export { runExamples, type ExampleResult, type ExamplesReport, type ExamplesSetting, type StartedExample } from './examples.ts';
export { tryTap, type TriedContext, type TriedInput, type TriedModel, type TriedPermission, type TriedTool } from './try-tap.ts';
export type { Tested, TrySetting } from './lone-tap.ts';
