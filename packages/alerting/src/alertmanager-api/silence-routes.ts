import type { AlertingSystem } from '../alerting-system.js';
import type { HttpCall, HttpReply } from '../http/http-handler.js';
import { HttpProblem } from '../http/http-problem.js';
import { asObject } from '../http/json-object.js';
import { matches, type Matcher, type Silence } from '../noise/silence.js';
import { cutText } from '../text-cut.js';
import { timeOf } from './alertmanager-time.js';
import { checkedMatchers, parseMatchers } from './matcher-text.js';

type Silencing = Pick<AlertingSystem, 'silence' | 'unsilence' | 'silences'>;

/** A silence without an end is shown with this one. */
const farAhead = '9999-12-31T23:59:59.000Z';

/** The silences that have not ended, as Alertmanager lists them. */
export async function listSilences(
  alerting: Silencing,
  query: URLSearchParams,
  now: number,
): Promise<HttpReply> {
  const matchers = query.getAll('filter').flatMap(parseMatchers);
  const silences = await alerting.silences();
  const wanted = silences.filter((silence) => isAbout(silence, matchers));
  return { status: 200, body: wanted.map((silence) => gettable(silence, now)) };
}

/** One silence, by `GET` or `DELETE`. */
export async function oneSilence(
  alerting: Silencing,
  call: HttpCall,
  id: string,
  now: number,
): Promise<HttpReply> {
  if (call.method === 'DELETE') {
    if (!(await alerting.unsilence(id))) throw new HttpProblem(404, 'no such silence');
    return { status: 200 };
  }
  const silence = (await alerting.silences()).find((one) => one.id === id);
  if (silence === undefined) throw new HttpProblem(404, 'no such silence');
  return { status: 200, body: gettable(silence, now) };
}

/** Adds a silence; with an `id`, in place of that one. */
export async function postSilence(
  alerting: Silencing,
  value: unknown,
  now: number,
): Promise<HttpReply> {
  const fields = asObject(value) ?? {};
  const { id, createdBy, comment } = fields;
  const matchers = postedMatchers(fields['matchers']);
  const [startsAt, endsAt] = [timeOf(fields['startsAt']), timeOf(fields['endsAt'])];
  if (endsAt === null || Number.isNaN(startsAt) || !(endsAt > now) || endsAt <= (startsAt ?? now)) {
    throw new HttpProblem(400, 'the silence must end after now and after its start');
  }
  const begins = startsAt !== null && startsAt > now ? startsAt : now;
  const replaced = typeof id === 'string' && id !== '' ? id : null;
  if (replaced !== null && !(await alerting.silences()).some((one) => one.id === replaced)) {
    throw new HttpProblem(404, 'no such silence');
  }
  const added = await alerting.silence({
    matchers,
    // From now by the store's clock, unless it begins later.
    ...(begins > now ? { startsAt: begins } : {}),
    durationMillis: endsAt - begins,
    by: typeof createdBy === 'string' && createdBy !== '' ? cutText(createdBy, 200) : 'unknown',
    comment: typeof comment === 'string' ? cutText(comment, 2000) : '',
  });
  // The new one first: in between nothing gets through.
  if (replaced !== null) await alerting.unsilence(replaced);
  return { status: 200, body: { silenceID: added.id } };
}

function postedMatchers(value: unknown): readonly Matcher[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > 100) {
    throw new HttpProblem(400, 'matchers must be a list of 1 to 100');
  }
  const matchers = checkedMatchers(
    (value as readonly unknown[]).map((one) => {
      const { name, value: text, isRegex = false, isEqual = true } = asObject(one) ?? {};
      const isNot = isEqual === false ? '!' : '=';
      const op = isRegex === true ? (`${isNot}~` as const) : isNot === '!' ? '!=' : '=';
      return { label: name as string, op, value: text as string };
    }),
  );
  // It would silence everything that lacks the label, by mistake more often than not.
  const nothing = { key: '', type: '', severity: 'low', labels: {} } as const;
  const real = matchers.filter(({ label }) => !['key', 'type', 'severity'].includes(label));
  if (real.length === matchers.length && matches(matchers, nothing)) {
    throw new HttpProblem(400, 'at least one matcher must not match the empty text');
  }
  return matchers;
}

/** Whether the silence's own matchers, read as labels, are what is looked for. */
function isAbout({ matchers, alertId }: Silence, wanted: readonly Matcher[]): boolean {
  const labels = Object.fromEntries(matchers.map(({ label, value }) => [label, value]));
  if (alertId !== null) labels['alert_id'] = alertId;
  return matches(wanted, {
    key: '',
    type: '',
    severity: 'low',
    labels: { severity: '', ...labels },
  });
}

function gettable(silence: Silence, now: number): object {
  const { id, matchers, alertId, startsAt, endsAt, by, comment } = silence;
  const shown = matchers.map(({ label, op = '=', value }) => ({
    name: label,
    value,
    isRegex: op.endsWith('~'),
    isEqual: op.startsWith('='),
  }));
  if (alertId !== null) {
    shown.push({ name: 'alert_id', value: alertId, isRegex: false, isEqual: true });
  }
  const begins = new Date(startsAt).toISOString();
  return {
    id,
    status: { state: startsAt > now ? 'pending' : 'active' },
    matchers: shown,
    startsAt: begins,
    updatedAt: begins,
    endsAt: endsAt === null ? farAhead : new Date(endsAt).toISOString(),
    createdBy: by,
    comment,
  };
}
