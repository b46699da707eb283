export { type MeasuredFrom, measureTests } from './measure-tests.ts'
export { mergeReports, type ReadReport } from './merge-reports.ts'
export type { Attachment, TestCase, TestFormat, TestResults, TestStatus } from './model.ts'
export { readTestResults } from './read-test-results.ts'
