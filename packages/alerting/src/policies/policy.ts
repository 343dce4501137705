import type { Severity } from '../alert.js';
import type { ChannelDefinition } from './channel-definition.js';
import type { CommonCause } from '../noise/common-cause.js';
import type { Duration } from '../duration.js';
import type { Inhibition } from '../noise/inhibition.js';

/**
 * What a policy file holds: policies in order; the first that matches an alert governs it. `Name` is what
 * channels are called, where the compiler knows.
 */
export interface EscalationPolicies<Name extends string = string> {
  /** Where editors find the schema, such as `./node_modules/@llm/alerting/policies.schema.json`. */
  readonly $schema?: string;
  /** Channels by name, for `channelsOf`. Default: none, they are made in code. */
  readonly channels?: Readonly<Record<string, ChannelDefinition>>;
  readonly policies: readonly EscalationPolicy<Name>[];
  /** Which alerts hold back the pages of which others. Default: none. */
  readonly inhibitions?: readonly Inhibition[];
  /** Which alerts become one when many open together. Default: none. */
  readonly commonCauses?: readonly CommonCause[];
}

/** Who is told of an alert, and what happens when it recurs or nobody acknowledges. */
export interface EscalationPolicy<Name extends string = string> {
  /** What it is called in `explain` and `continueWith`; unique. */
  readonly name: string;
  /** Which alerts. Default: all. */
  readonly match?: PolicyMatch;
  /** Channels of the initial notification. Default: none. */
  readonly channels?: readonly Name[];
  /** Repeats the initial notification until acknowledged or escalated. Default: never. */
  readonly repeatEvery?: Duration;
  /** How often at most. Default: no end. */
  readonly maxRepeats?: number;
  /** What an occurrence is: every raise, or every opening of an episode. Default: the system's (`report`). */
  readonly occurrence?: 'report' | 'episode';
  /** Escalation steps; the first takes the alert to level 2, the next to 3, and so on. Default: none. */
  readonly steps?: readonly EscalationStep<Name>[];
  /** Name of a policy whose timed steps follow, counted from this policy's last timed step. Default: none. */
  readonly continueWith?: string;
  /** How long an alert must stay clear before it resolves. Default: 5 minutes. */
  readonly minClear?: Duration;
  /** An alert that opened so often within so long must stay clear for longer. Default: no difference. */
  readonly flapping?: {
    /** 2 to 1000. */
    readonly episodes: number;
    readonly within: Duration;
    readonly minClear: Duration;
  };
  /** An alert of which nothing was heard for so long resolves; false: never. Default: 24 hours. */
  readonly expireAfter?: Duration | false;
  /** Whether the notified channels hear of an acknowledgement. Default: true. */
  readonly notifyAcknowledged?: boolean;
  /** Whether the notified channels hear of the end. Default: true. */
  readonly notifyResolved?: boolean;
  /** Labels (or `key`, `type`, `severity`) whose equal values make one group. Default: no grouping. */
  readonly groupBy?: readonly string[];
  /** How long a grouped notification waits for others. Default: 5 seconds. */
  readonly groupWait?: Duration;
}

/** Which alerts a policy governs: all that is named must hold. `*` in a text stands for anything. */
export interface PolicyMatch {
  readonly key?: string;
  readonly type?: string;
  readonly severity?: readonly Severity[];
  readonly labels?: Readonly<Record<string, string>>;
}

/** One escalation: by recurrence or by time without acknowledgement, never both. */
export interface EscalationStep<Name extends string = string> {
  /** Default: `level-<level>`. */
  readonly name?: string;
  /** So many occurrences within so long. */
  readonly recurrence?: { readonly count: number; readonly within: Duration };
  /** So long after the episode opened, unless somebody acknowledged. */
  readonly after?: Duration;
  /** Who is told; may be nobody. */
  readonly channels: readonly Name[];
  /** Default: its place among the steps plus 2. */
  readonly level?: number;
  /** The alert becomes at least so severe. Default: `critical` by recurrence, unchanged by time. */
  readonly severity?: Severity;
  /** The alert's type from then on. Default: what the raiser says, or unchanged. */
  readonly type?: string;
  /** Repeats this step's notification until acknowledged or escalated further. Default: never. */
  readonly repeatEvery?: Duration;
  /** How often at most. Default: no end. */
  readonly maxRepeats?: number;
}
