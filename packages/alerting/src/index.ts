export { AlertingSystem } from './alerting-system.js';
export { loadEscalationPolicies } from './policy-file.js';
export { channelsOf } from './defined-channels.js';
export { MemoryStore } from './memory/memory-store.js';
export { logChannel } from './log-channel.js';
export { webhookChannel } from './webhook-channel.js';
export { slackChannel } from './slack-channel.js';
export { pagerDutyChannel } from './pagerduty-channel.js';
export { emailChannel } from './email-channel.js';
export { alertmanagerChannel } from './alertmanager-channel.js';
export { AckLinks } from './acknowledging/ack-links.js';
export { acknowledgementHandler } from './acknowledging/acknowledgement-handler.js';
export { alertmanagerHandler } from './alertmanager-api/alertmanager-handler.js';
export { slackActions } from './slack-message.js';
export { signWebhook, verifyWebhook, webhookHeaders } from './webhook-signature.js';
export { DeliveryError } from './channel.js';
export { deliveryHeadline, headline } from './headline.js';
export { alertId, severities } from './alert.js';
export { anomalyAlertKey } from './anomaly-report.js';
export { AlertingConfigError } from './configuration.js';
export { StoreFullError } from './store.js';
export { isFlapping } from './flapping.js';
export { occurrencesWithin } from './recurrence.js';
export { advanceAlert, alertDueAt, changeAlert, raiseAlert, unraisedAlert } from './lifecycle.js';

export type { AbsenceOptions } from './absence.js';
export type { ActiveOptions, AlertingStats } from './alerting-system.js';
export type { AlertingSystemOptions } from './alerting-options.js';
export type {
  AckAction,
  AckLinksOptions,
  LinkClaim,
  LinkVerdict,
} from './acknowledging/ack-links.js';
export type {
  AcknowledgementCounts,
  AcknowledgementHandler,
  AcknowledgementHandlerOptions,
} from './acknowledging/acknowledgement-handler.js';
export type { PagerDutyWebhookOptions } from './acknowledging/pagerduty-webhook.js';
export type { SlackInteractionOptions } from './acknowledging/slack-interaction.js';
export type { AlertInput, AlertRef } from './alert-input.js';
export type {
  Alert,
  AlertSource,
  AlertState,
  AlertStatus,
  Cause,
  Reminder,
  Severity,
} from './alert.js';
export type { AlertLink } from './alert-link.js';
export type { AlertmanagerChannelOptions } from './alertmanager-channel.js';
export type {
  AlertmanagerCounts,
  AlertmanagerHandler,
  AlertmanagerHandlerOptions,
} from './alertmanager-api/alertmanager-handler.js';
export type { AlertmanagerWebhookAlert, AlertmanagerWebhookBody } from './alertmanager-payload.js';
export type { AnomalyReport, ReportedAnomaly } from './anomaly-report.js';
export type { RetryOptions } from './backoff.js';
export type { ChangeOptions } from './manual-change.js';
export type { CommonCause } from './common-cause.js';
export type { Health } from './health.js';
export type { HeartbeatOptions, HeartbeatStats } from './heartbeat.js';
export type { Inhibition } from './inhibition.js';
export type { PageOptions } from './page-options.js';
export type { RaiseQueueOptions, RaiseQueueStats } from './raise-queue.js';
export type { RaiseResult, ReportResult } from './raise-result.js';
export type { RaiserStats } from './raiser.js';
export type { SilenceInput } from './silence-input.js';
export type { Channel, DeliveryErrorOptions, SendContext } from './channel.js';
export type {
  AddressedDefinition,
  AlertmanagerChannelDefinition,
  ChannelDefinition,
  EmailChannelDefinition,
  LogChannelDefinition,
  PacedDefinition,
  PagerDutyChannelDefinition,
  SlackChannelDefinition,
  WebhookChannelDefinition,
} from './channel-definition.js';
export type { Clock } from './clock.js';
export type { CourierStats } from './courier.js';
export type { ChannelsOfOptions } from './defined-channels.js';
export type { Duration } from './duration.js';
export type { EmailChannelOptions } from './email-channel.js';
export type { Environment, EnvironmentReference } from './environment-reference.js';
export type { ExplainedStep, Explanation } from './explanation.js';
export type { DeliveryTrace, HistoryEntry, HistoryEvent } from './history.js';
export type { Effects, RaiseEffect } from './lifecycle.js';
export type { HttpHandler } from './http-handler.js';
export type { HttpSenderOptions } from './http-sender.js';
export type { LogChannelOptions, LoggerLike } from './log-channel.js';
export type { MailMessage, MailReceipt, MailTransporter, SmtpOptions } from './mail-transporter.js';
export type { MemoryStoreOptions } from './memory/memory-store.js';
export type {
  ClaimedNotification,
  Delivery,
  Notification,
  NotificationKind,
} from './notification.js';
export type { PaceOptions } from './pace.js';
export type { PagerDutyChannelOptions } from './pagerduty-channel.js';
export type {
  Plan,
  PlanFlapping,
  PlanReminder,
  PlanStep,
  RecurrenceStep,
  TimedStep,
} from './plan.js';
export type {
  EscalationPolicies,
  EscalationPolicy,
  EscalationStep,
  PolicyMatch,
} from './policy.js';
export type { Recurrence } from './policy-book.js';
export type { KnownChannel, LoadEscalationPoliciesOptions } from './policy-file.js';
export type { Matcher, Silence } from './silence.js';
export type { SigningSecret } from './signing-secret.js';
export type { SlackChannelOptions } from './slack-channel.js';
export type {
  ActiveQuery,
  AdvanceOutcome,
  AlertChange,
  AlertStore,
  ChangeOutcome,
  ClaimCommand,
  ClaimOutcome,
  Page,
  PageQuery,
  RaiseCommand,
  RaiseOutcome,
  Settlement,
  SilenceCommand,
  StoreStats,
} from './store.js';
export type { WebhookBody, WebhookChannelOptions, WebhookNotification } from './webhook-channel.js';
export type { WebhookProof } from './webhook-signature.js';
