/**
 * What tests of plugins and hook files need: a kernel with a scripted model, tools whose answers are given, a clock that
 * moves when told, loopback servers. Nothing here touches a home folder, the network beyond this machine, or the clock.
 */
export { allowAll, createTestKernel, testHost, type TestKernel } from './testing/test-kernel.ts';
export { testModel, type ScriptStep, type TestModel } from './testing/test-model.ts';
export { judge, recordedTool, type Judgement, type RecordedTool, type ToolAnswer } from './testing/test-tool.ts';
export { startServer, type LoopbackServer } from './testing/test-server.ts';
export { runExamples, type ExampleResult, type ExamplesReport, type ExamplesSetting, type StartedExample } from './testing/examples.ts';
export { tryTap, type TriedContext, type TriedInput, type TriedModel, type TriedPermission, type TriedTool } from './testing/try-tap.ts';
export type { Tested, TrySetting } from './testing/lone-tap.ts';
