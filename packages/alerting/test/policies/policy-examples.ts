import type { EscalationPolicies } from '../../src/index.js';

/** Uses every key that a policy file may have. */
export const goodPolicies: EscalationPolicies = {
  $schema: './node_modules/@llm/alerting/policies.schema.json',
  channels: {
    lines: { type: 'log' },
    ops: {
      type: 'webhook',
      url: 'https://hooks.example.com/alerts',
      secret: { env: 'OPS_SECRET' },
      headers: { authorization: { env: 'OPS_TOKEN' } },
      format: 'native',
      allowedHosts: ['hooks.example.com'],
      timeout: '5s',
      concurrency: 2,
      rate: { count: 30, within: '1m' },
    },
    plain: { type: 'webhook', url: { env: 'PLAIN_URL' } },
    room: { type: 'slack', url: { env: 'SLACK_URL' } },
    app: { type: 'slack', token: { env: 'SLACK_TOKEN' }, channel: 'C0123456', buttons: false },
    night: {
      type: 'pagerduty',
      routingKey: { env: 'PAGERDUTY_KEY' },
      url: 'https://events.eu.pagerduty.com/v2/enqueue',
      source: 'mapper',
    },
    mail: {
      type: 'email',
      from: 'alerts@example.com',
      to: ['ann@example.com'],
      subjectPrefix: '[prod] ',
      smtp: {
        host: 'mail.example.com',
        port: 587,
        secure: false,
        requireTLS: true,
        auth: { user: 'alerts', pass: { env: 'SMTP_PASSWORD' } },
      },
    },
    forward: { type: 'alertmanager', url: 'http://alertmanager:9093', expireAfter: '1h' },
  },
  policies: [
    {
      name: 'pages',
      match: {
        key: 'model_*',
        type: 'model_anomaly',
        severity: ['high', 'critical'],
        labels: { environment: 'prod' },
      },
      channels: ['chat'],
      repeatEvery: '30m',
      maxRepeats: 3,
      occurrence: 'report',
      steps: [
        {
          name: 'recurring',
          recurrence: { count: 3, within: '1h' },
          channels: ['pager'],
          severity: 'critical',
          level: 2,
        },
        {
          after: '15m',
          channels: ['pager'],
          repeatEvery: '10m',
          maxRepeats: 0,
          type: 'unanswered',
        },
        { recurrence: { count: 10, within: 7_200_000 }, channels: [] },
      ],
      minClear: 0,
      flapping: { episodes: 4, within: '2h', minClear: '30m' },
      expireAfter: '2d',
      notifyAcknowledged: false,
      notifyResolved: true,
      groupBy: ['service', 'severity'],
      groupWait: '1m30s',
      continueWith: 'management',
    },
    { name: 'all', match: {}, channels: [], expireAfter: false },
    { name: 'management', steps: [{ after: '1h', channels: ['chat', 'ops'] }] },
  ],
  inhibitions: [
    {
      name: 'database',
      source: [{ label: 'key', value: 'database_down' }],
      target: [
        { label: 'type', op: '!=', value: 'database' },
        { label: 'severity', op: '=~', value: 'low|medium' },
      ],
      equal: ['environment'],
    },
  ],
  commonCauses: [
    {
      name: 'provider',
      match: { key: 'model_anomaly_*' },
      by: ['provider'],
      count: 5,
      within: '2m',
      wait: '10s',
    },
  ],
};

const step = { after: 1, channels: ['chat'] };
const policy = { name: 'a' };
const mail = { type: 'email', from: 'a@b.c', to: 'a@b.c', smtp: { host: 'h' } };
const reference = { env: 'NAME' };
const webhook = { type: 'webhook', url: 'https://hooks.example.com/x' };

function policies(...list: object[]): object {
  return { policies: list.map((one, index) => ({ name: `p${index}`, ...one })) };
}

function steps(...list: object[]): object {
  return policies({ steps: list });
}

function inhibition(changes: object): object {
  const matchers = [{ label: 'key', value: 'a' }];
  return { policies: [], inhibitions: [{ source: matchers, target: matchers, ...changes }] };
}

function commonCause(changes: object): object {
  return { policies: [], commonCauses: [{ name: 'c', count: 3, within: '1m', ...changes }] };
}

function channel(definition: object): object {
  return { channels: { c: definition }, policies: [] };
}

/** A message, data that it is about, and whether only the checker can know: not the schema. */
export type BadExample = readonly [message: string, data: unknown, beyondSchema?: 'beyond'];

/** What must be refused; the channel `chat` exists. */
export const badPolicies: readonly BadExample[] = [
  // Alerts that hold back others.
  ['inhibitions: must be an array, got an empty object', { policies: [], inhibitions: {} }],
  ['inhibitions[0].sources: unknown key', inhibition({ sources: [] })],
  ['inhibitions[0].source: must have at least one matcher, got []', inhibition({ source: [] })],
  ['inhibitions[0].target[0].label: ', inhibition({ target: [{ value: 'a' }] })],
  ['inhibitions[0].target[0].op: ', inhibition({ target: [{ label: 'a', op: '~', value: '' }] })],
  [
    'inhibitions[0].source[0].value: must be a regular expression, got "("',
    inhibition({ source: [{ label: 'a', op: '=~', value: '(' }] }),
    'beyond',
  ],
  ['inhibitions[0].equal: must be names of labels, got [1]', inhibition({ equal: [1] })],
  ['inhibitions[0].name: ', inhibition({ name: '' })],
  ['commonCauses[0].name: must be 1 to 64', commonCause({ name: 'a b' })],
  ['commonCauses[0].count: must be a whole number from 2 to 100, got 1', commonCause({ count: 1 })],
  ['commonCauses[0].within: ', commonCause({ within: undefined })],
  ['commonCauses[0].wait: must not be negative, got "-1s"', commonCause({ wait: '-1s' })],
  ['commonCauses[0].by: must be at most 4', commonCause({ by: ['a', 'b', 'c', 'd', 'e'] })],
  ['commonCauses[0].match.kye: unknown key', commonCause({ match: { kye: 'a' } })],
  ['commonCauses[0].channels: unknown key', commonCause({ channels: ['chat'] })],
  // Shape.
  [
    'polices: unknown key (known: $schema, channels, policies, inhibitions, commonCauses), got []',
    { polices: [] },
  ],
  ['policies: must be an array, got "x"', { policies: 'x' }],
  ['policies: must be an array', {}],
  ['policies[0]: must be an object, got 7', { policies: [7] }],
  ['policies[0]: must be an object, got null', { policies: [null] }],
  ['$schema: must be text', { $schema: 1, policies: [] }],
  ['policies[0].name: must be text', { policies: [{}] }],
  ['policies[0].name: must be text of 1 to 256', { policies: [{ name: 'x'.repeat(257) }] }],
  ['policies[0].chanels: unknown key', policies({ chanels: [] })],
  ['(known: name, match, channels', policies({ repeat: '5m' })],
  ['), got "5m"', policies({ repeat: '5m' })],
  ['), got an object with pager', policies({ chanel: { pager: { routingKey: 's3cret' } } })],
  ['policies[0].channels: must be an array, got "chat"', policies({ channels: 'chat' })],
  ['policies[0].occurrence: must be "report" or "episode"', policies({ occurrence: 'page' })],
  ['policies[0].notifyResolved: must be true or false', policies({ notifyResolved: 'yes' })],
  ['policies[0].notifyAcknowledged: ', policies({ notifyAcknowledged: null })],
  // Matches.
  ['policies[0].match: must be an object, got null', policies({ match: null })],
  ['policies[0].match.severity[0]: must be one of', policies({ match: { severity: ['worst'] } })],
  ['policies[0].match.severity: must have at least 1', policies({ match: { severity: [] } })],
  ['policies[0].match.label: unknown key', policies({ match: { label: {} } })],
  ['policies[0].match.labels.a: ', policies({ match: { labels: { a: 1 } } })],
  ['policies[0].match.labels: must be an object', policies({ match: { labels: ['a'] } })],
  // Channels.
  [
    'policies[0].channels[1]: unknown channel (known: chat), got "pager"',
    policies({ channels: ['chat', 'pager'] }),
    'beyond',
  ],
  [
    'policies[0].steps[0].channels[0]: unknown channel',
    steps({ ...step, channels: ['x'] }),
    'beyond',
  ],
  ['policies[0].channels[1]: is named twice, got "chat"', policies({ channels: ['chat', 'chat'] })],
  ['policies[0].steps[0].channels: must be an array', steps({ after: 1 })],
  // Times.
  ['steps[0].after: must not be negative, got "-5m"', steps({ ...step, after: '-5m' })],
  ['steps[0].after: must not be negative, got -1', steps({ ...step, after: -1 })],
  ['steps[0].after: must be a duration', steps({ ...step, after: 'soon' })],
  ['steps[0].after: must be a duration', steps({ ...step, after: 1.5 })],
  ['steps[0].after: must be a duration', steps({ ...step, after: '15 m' })],
  ['policies[0].minClear: must not be negative', policies({ minClear: '-1s' })],
  ['policies[0].expireAfter: must be a duration', policies({ expireAfter: true })],
  ['policies[0].expireAfter: must be at least 1000', policies({ expireAfter: 0 })],
  [
    'policies[0].minClear: must not be longer than "expireAfter"',
    policies({ minClear: '2h', expireAfter: '1h' }),
    'beyond',
  ],
  [
    'policies[0].flapping.episodes: must be a whole number from 2 to 1000, got 1',
    policies({ flapping: { episodes: 1, within: '1h', minClear: '1h' } }),
  ],
  ['policies[0].flapping.minClear: ', policies({ flapping: { episodes: 2, within: '1h' } })],
  ['policies[0].flapping.every: unknown key', policies({ flapping: { every: 2 } })],
  // Repeating.
  [
    'policies[0].repeatEvery: must be at least 1000 milliseconds, got 0',
    policies({ channels: ['chat'], repeatEvery: 0 }),
  ],
  ['policies[0].repeatEvery: needs "channels", got "5m"', policies({ repeatEvery: '5m' })],
  [
    'policies[0].steps[0].repeatEvery: needs "channels"',
    steps({ ...step, channels: [], repeatEvery: '5m' }),
  ],
  ['policies[0].maxRepeats: needs "repeatEvery", got 1', policies({ maxRepeats: 1 })],
  ['policies[0].steps[0].maxRepeats: needs "repeatEvery"', steps({ ...step, maxRepeats: 1 })],
  [
    'policies[0].maxRepeats: must be a whole number',
    policies({ channels: ['chat'], repeatEvery: '5m', maxRepeats: 1.5 }),
  ],
  // Groups.
  ['policies[0].groupBy: must have at least 1 item, got []', policies({ groupBy: [] })],
  ['policies[0].groupBy[0]: ', policies({ groupBy: [1] })],
  ['policies[0].groupWait: needs "groupBy", got "5s"', policies({ groupWait: '5s' })],
  // Steps.
  ['steps[0]: must have either "recurrence" or "after"', steps({ channels: [] })],
  ['steps[0]: must have either', steps({ ...step, recurrence: { count: 1, within: 1 } })],
  [
    'steps[0].recurrence.count: must be a whole number from 1 to 1000, got 0',
    steps({ recurrence: { count: 0, within: '1h' }, channels: [] }),
  ],
  ['steps[0].recurrence.withn: unknown key', steps({ recurrence: { withn: 1 }, channels: [] })],
  [
    'steps[0].recurrence.within: must be at least 1 milliseconds, got 0',
    steps({ recurrence: { count: 2, within: 0 }, channels: [] }),
  ],
  ['steps[0].level: must be a whole number from 2', steps({ ...step, level: 1 })],
  [
    'steps[0].severity: must be one of low, medium, high, critical, got "bad"',
    steps({ ...step, severity: 'bad' }),
  ],
  ['steps[0].type: must be text', steps({ ...step, type: '' })],
  [
    'steps[1].after: must not be earlier than level 2, after 30m, got "10m"',
    steps({ ...step, after: '30m' }, { ...step, after: '10m' }),
    'beyond',
  ],
  [
    'steps[0].after: must not be earlier than level 2',
    steps({ ...step, level: 3, after: 10 }, { ...step, level: 2, after: 20 }),
    'beyond',
  ],
  [
    'steps[1].recurrence.count: must not be less than level 2 takes, 5 in 1h, got 3',
    steps(
      { channels: [], recurrence: { count: 5, within: '1h' } },
      { channels: [], recurrence: { count: 3, within: '2h' } },
    ),
    'beyond',
  ],
  // Order.
  ['policies[1].name: is used twice, got "a"', { policies: [policy, policy] }, 'beyond'],
  [
    'policies[1]: is never reached: "p0" before it takes all that it matches, got "p1"',
    policies({}, {}),
    'beyond',
  ],
  [
    'policies[1]: is never reached',
    policies(
      { match: { key: 'model_*', severity: ['high', 'low'], labels: { env: '*' } } },
      { match: { key: 'model_a*_b', severity: ['high'], type: 'x' } },
    ),
    'beyond',
  ],
  ['policies[0].continueWith: unknown policy, got "b"', policies({ continueWith: 'b' }), 'beyond'],
  [
    'policies[0].continueWith: is a cycle (a → a), got "a"',
    { policies: [{ name: 'a', continueWith: 'a' }] },
    'beyond',
  ],
  [
    'policies[2].continueWith: is a cycle (a → b → c → b), got "b"',
    {
      policies: [
        { name: 'a', continueWith: 'b' },
        { name: 'b', continueWith: 'c' },
        { name: 'c', continueWith: 'b' },
      ],
    },
    'beyond',
  ],
  [
    'policies[0].continueWith: has no step by time that could follow, got "p1"',
    policies(
      { continueWith: 'p1' },
      { steps: [{ channels: [], recurrence: { count: 3, within: 1 } }] },
    ),
    'beyond',
  ],
  [
    'policies[1].steps[0].level: must not be less than 3, where "p0" continues with it, got 2',
    policies({ steps: [step, step], continueWith: 'p1' }, { steps: [{ ...step, level: 2 }] }),
    'beyond',
  ],
  // Definitions of channels: no value is quoted.
  ['channels: must be an object', { channels: ['chat'], policies: [] }],
  ['channels.c: must be an object', channel(['log'])],
  ['channels.c.type: must be one of log, webhook', channel({})],
  ['channels.c.type: must be one of', channel({ type: 'toString' })],
  ['channels.c.name: unknown key (known: type)', channel({ type: 'log', name: 'x' })],
  ['channels.c: must have "url", or "token" and "channel"', channel({ type: 'slack' })],
  [
    'channels.c.url: must name the env',
    channel({ type: 'slack', url: 'https://hooks.slack.com/s3cret' }),
  ],
  ['channels.c.channel: must be given with a token', channel({ type: 'slack', token: reference })],
  ['channels.c.token: must name', channel({ type: 'slack', token: 'xoxb-s3cret', channel: 'C' })],
  ['channels.c.tokn: unknown key', channel({ type: 'slack', tokn: 'xoxb-s3cret', url: reference })],
  ['channels.c.buttons: must be true', channel({ type: 'slack', url: reference, buttons: 1 })],
  ['channels.c.routingKey: must be given', channel({ type: 'pagerduty' })],
  ['channels.c.routingKey: must name', channel({ type: 'pagerduty', routingKey: 's3cret' })],
  ['channels.c.routing_key: unknown key', channel({ type: 'pagerduty', routing_key: 's3cret' })],
  ['channels.c.to: must be a list with at least one', channel({ ...mail, to: [] })],
  ['channels.c.from: must be given', channel({ ...mail, from: undefined })],
  ['channels.c.smtp.host: must be given', channel({ ...mail, smtp: {} })],
  [
    'channels.c.smtp.port: must be a whole number',
    channel({ ...mail, smtp: { host: 'h', port: 0 } }),
  ],
  ['channels.c.smtp.tls: unknown key', channel({ ...mail, smtp: { host: 'h', tls: {} } })],
  [
    'channels.c.smtp.auth.pass: must name',
    channel({ ...mail, smtp: { host: 'h', auth: { user: 'u', pass: 's3cret' } } }),
  ],
  ['channels.c.allowedHosts: unknown key', channel({ ...mail, allowedHosts: ['h'] })],
  [
    'channels.c.expireAfter: must be at least 1000',
    channel({ type: 'alertmanager', url: reference, expireAfter: 10 }),
  ],
  ['channels.c.format: must be one of native', channel({ ...webhook, format: 'xml' })],
  ['channels.c.url: must be given', channel({ type: 'webhook' })],
  ['channels.c.url: must be an http or https URL', channel({ ...webhook, url: 'file:///etc' })],
  ['channels.c.url: must be an http', channel({ ...webhook, url: { env: 'A', default: 'b' } })],
  [
    'channels.c.secret: must name the environment variable that holds it',
    channel({ ...webhook, secret: 's3cret' }),
  ],
  ['channels.c.secret: must name', channel({ ...webhook, secret: { env: 'not a name' } })],
  ['channels.c.secert: unknown key', channel({ ...webhook, secert: 's3cret' })],
  [
    'channels.c.headers.authorization: must name',
    channel({ ...webhook, headers: { authorization: 'Bearer s3cret' } }),
  ],
  ['channels.c.headers: must be an object', channel({ ...webhook, headers: 's3cret' })],
  ['channels.c.allowedHosts: must be a list', channel({ ...webhook, allowedHosts: [] })],
  ['channels.c.allowedHosts[0]: must be text', channel({ ...webhook, allowedHosts: [7] })],
  [
    'channels.c.timeout: must be at least 1 milliseconds, got 0',
    channel({ ...webhook, timeout: 0 }),
  ],
  ['channels.c.timeout: must be a number from 1', channel({ ...webhook, timeout: 600_001 })],
  ['channels.c.concurrency: must be a whole number', channel({ ...webhook, concurrency: 0 })],
  ['channels.c.rate.count: must be', channel({ ...webhook, rate: { count: 0, within: '1s' } })],
  ['channels.c.rate.within: must be a duration', channel({ ...webhook, rate: { count: 1 } })],
  ['channels.c.rate.per: unknown key', channel({ ...webhook, rate: { count: 1, per: 1 } })],
];
