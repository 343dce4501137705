export { AlertingSystem } from './alerting-system.js';
export { loadEscalationPolicies } from './policies/policy-file.js';
export { channelsOf } from './policies/defined-channels.js';
export { MemoryStore } from './memory/memory-store.js';
export { logChannel } from './channels/log-channel.js';
export { webhookChannel } from './channels/webhook-channel.js';
export { slackChannel } from './channels/slack-channel.js';
export { pagerDutyChannel } from './channels/pagerduty-channel.js';
export { emailChannel } from './channels/email-channel.js';
export { alertmanagerChannel } from './channels/alertmanager-channel.js';
export { AckLinks } from './acknowledging/ack-links.js';
export { acknowledgementHandler } from './acknowledging/acknowledgement-handler.js';
export { alertmanagerHandler } from './alertmanager-api/alertmanager-handler.js';
export { slackActions } from './channels/slack-message.js';
export { signWebhook, verifyWebhook, webhookHeaders } from './channels/webhook-signature.js';
export { DeliveryError } from './channels/channel.js';
export { deliveryHeadline, headline } from './channels/headline.js';
export { alertId, severities } from './alert.js';
export { anomalyAlertKey } from './anomaly-report.js';
export { AlertingConfigError } from './configuration.js';
export { StoreFullError } from './store.js';
export { isFlapping } from './flapping.js';
export { occurrencesWithin } from './recurrence.js';
export { advanceAlert, alertDueAt, changeAlert, raiseAlert, unraisedAlert } from './lifecycle.js';

export type { AbsenceOptions } from './presence/absence.js';
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
export type { AlertLink } from './channels/alert-link.js';
export type { AlertmanagerChannelOptions } from './channels/alertmanager-channel.js';
export type {
  AlertmanagerCounts,
  AlertmanagerHandler,
  AlertmanagerHandlerOptions,
} from './alertmanager-api/alertmanager-handler.js';
export type {
  AlertmanagerWebhookAlert,
  AlertmanagerWebhookBody,
} from './channels/alertmanager-payload.js';
export type { AnomalyReport, ReportedAnomaly } from './anomaly-report.js';
export type { RetryOptions } from './delivery/backoff.js';
export type { ChangeOptions } from './manual-change.js';
export type { CommonCause } from './noise/common-cause.js';
export type { Health } from './presence/health.js';
export type { HeartbeatOptions, HeartbeatStats } from './presence/heartbeat.js';
export type { Inhibition } from './noise/inhibition.js';
export type { PageOptions } from './page-options.js';
export type { RaiseQueueOptions, RaiseQueueStats } from './raise-queue.js';
export type { RaiseResult, ReportResult } from './raise-result.js';
export type { RaiserStats } from './raiser.js';
export type { SilenceInput } from './noise/silence-input.js';
export type { Channel, DeliveryErrorOptions, SendContext } from './channels/channel.js';
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
} from './policies/channel-definition.js';
export type { Clock } from './clock.js';
export type { CourierStats } from './delivery/courier.js';
export type { ChannelsOfOptions } from './policies/defined-channels.js';
export type { Duration } from './duration.js';
export type { EmailChannelOptions } from './channels/email-channel.js';
export type { Environment, EnvironmentReference } from './policies/environment-reference.js';
export type { ExplainedStep, Explanation } from './explanation.js';
export type { DeliveryTrace, HistoryEntry, HistoryEvent } from './history.js';
export type { Effects, RaiseEffect } from './lifecycle.js';
export type { HttpHandler } from './http/http-handler.js';
export type { HttpSenderOptions } from './channels/http-sender.js';
export type { LogChannelOptions, LoggerLike } from './channels/log-channel.js';
export type {
  MailMessage,
  MailReceipt,
  MailTransporter,
  SmtpOptions,
} from './channels/mail-transporter.js';
export type { MemoryStoreOptions } from './memory/memory-store.js';
export type {
  ClaimedNotification,
  Delivery,
  Notification,
  NotificationKind,
} from './notification.js';
export type { PaceOptions } from './channels/pace.js';
export type { PagerDutyChannelOptions } from './channels/pagerduty-channel.js';
export type {
  Plan,
  PlanFlapping,
  PlanReminder,
  PlanStep,
  RecurrenceStep,
  TimedStep,
} from './policies/plan.js';
export type {
  EscalationPolicies,
  EscalationPolicy,
  EscalationStep,
  PolicyMatch,
} from './policies/policy.js';
export type { Recurrence } from './policies/policy-book.js';
export type { KnownChannel, LoadEscalationPoliciesOptions } from './policies/policy-file.js';
export type { Matcher, Silence } from './noise/silence.js';
export type { SigningSecret } from './http/signing-secret.js';
export type { SlackChannelOptions } from './channels/slack-channel.js';
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
export type {
  WebhookBody,
  WebhookChannelOptions,
  WebhookNotification,
} from './channels/webhook-channel.js';
export type { WebhookProof } from './channels/webhook-signature.js';
