export { addCorrelationId } from './add-correlation-id.js';
export { LoggingConfigError } from './config-error.js';
export { createLogger } from './create-logger.js';
export { configureLogging, flushLogs, getLogger, logWithCorrelation } from './default-logger.js';
export { setLogLevel } from './level/set-log-level.js';
export { RecentLines } from './recent-lines.js';
export { requestLogHandler, setRequestRoute } from './request/request-log-handler.js';
export { requestLogger } from './request/request-logger.js';
export { stats } from './stats.js';
export type { CorrelationFormat } from './add-correlation-id.js';
export type { LogLevelOptions } from './level/set-log-level.js';
export type { LoggingOptions } from './options.js';
export type { ErrorFields } from './line/plain-error.js';
export type { Limits } from './line/plain-value.js';
export type { RequestLine } from './request/request-line.js';
export type {
  RequestLineOptions,
  RequestLogStats,
  RequestLogTarget,
} from './request/request-line-writer.js';
export type { RequestLogHandler, RequestLogHandlerOptions } from './request/request-log-handler.js';
export type { RequestLogOptions } from './request/request-log.js';
export type { RequestLogger } from './request/request-logger.js';
export type { CensorOption } from './redaction/censor.js';
export type { Preset } from './line/line-layout.js';
export type { RedactOptions } from './redaction/masking.js';
export type { RepeatFoldingOptions } from './line/repeat-folding.js';
export type { SecretKeyOptions } from './redaction/secret-keys.js';
export type { SeverityOption } from './line/severity.js';
export type { RecentLine, RecentLinesOptions } from './recent-lines.js';
export type { Clock } from './line/stamp.js';
export type { LoggingStats } from './stats.js';
