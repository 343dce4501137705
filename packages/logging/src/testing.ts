export { captureLogs } from './testing/captured-logs.js';
export type { CapturedLogs, LogLine, LogMatch, WaitOptions } from './testing/captured-logs.js';
