import { byId, element, keyed, setText } from '../elements.js';
import { spanInWords, time, words } from '../format.js';
import { ask } from '../service.js';

const silences = [
  ['15 minutes', 900],
  ['1 hour', 3600],
  ['4 hours', 14_400],
  ['1 day', 86_400],
];
const said = { firing: 'raised', delivered: 'told', failed: 'could not be told' };
/** What was known when the page was last drawn; the first time nothing is news. */
let known;

/** Alerts with what happened to them. */
export function showAlerts({ state: { alerts = [] } }) {
  byId('alerts-none').hidden = alerts.length > 0;
  keyed(byId('alerts'), alerts, ({ key }) => key, createCard, updateCard);
  tellNews(alerts);
}

function createCard({ key }) {
  const act = (label, action, bodyOf, className = '') =>
    element('button', {
      type: 'button',
      className,
      textContent: label,
      ariaLabel: `${label} ${words(key)}`,
      onclick: async () => {
        const path = `/alerts/${encodeURIComponent(key)}/${action}`;
        const { ok, body } = await ask(path, { by: 'the page', ...bodyOf() });
        setText(answer, ok ? `${label}: done` : body.error, ok ? 'good' : 'bad');
      },
    });
  const answer = element('span', { role: 'status' });
  const duration = element(
    'select',
    { ariaLabel: `How long to silence ${words(key)}` },
    ...silences.map(([label, value]) => element('option', { value, textContent: label })),
  );
  const card = element(
    'li',
    {},
    element('h3'),
    element('p'),
    element('ol', { className: 'timeline' }),
    element(
      'div',
      { className: 'row actions' },
      act('Acknowledge', 'acknowledge', () => ({ episode: Number(card.dataset.episode) }), 'first'),
      act('Resolve', 'resolve', () => ({ episode: Number(card.dataset.episode) })),
      act('Silence', 'silence', () => ({ durationSeconds: Number(duration.value) })),
      duration,
      answer,
    ),
  );
  return card;
}

function updateCard(
  card,
  { key, status, severity, escalationLevel, episode, silencedUntil, alert, timeline },
) {
  const [heading, summary, list, actions] = card.children;
  card.className = `card ${status}`;
  // A late click must not change a newer episode.
  card.dataset.episode = String(episode);
  actions.hidden = status === 'resolved';
  actions.firstElementChild.disabled = status !== 'firing';
  setText(heading, `${words(key)}: ${status}`, status === 'firing' ? 'bad' : '');
  setText(
    summary,
    [
      `${severity}, level ${escalationLevel}`,
      ...(alert === undefined
        ? []
        : [
            words(alert.type),
            `since ${time(alert.startsAt)}`,
            `seen ${alert.occurrences} times, last ${time(alert.lastOccurrenceAt)}`,
          ]),
      ...(silencedUntil === null ? [] : [`silenced until ${time(silencedUntil)}`]),
    ].join(' · '),
  );
  list.tabIndex = timeline.length > 6 ? 0 : -1;
  list.ariaLabel = `What happened to ${words(key)}`;
  keyed(
    list,
    folded(timeline),
    ({ at, event, delivery }) => `${at} ${event} ${delivery?.id ?? ''} ${delivery?.attempt ?? ''}`,
    () => element('li', {}, element('time'), ' ', element('span')),
    (item, entry) => {
      const [when, what] = item.children;
      item.className = entry.event;
      setText(when, time(entry.at));
      setText(what, sentence(entry));
    },
  );
}

/** What is latest first, with channels that were told one after the other in one line. */
function folded(timeline) {
  const lines = [];
  for (const entry of timeline) {
    const { event, delivery } = entry;
    const newer = lines.at(-1);
    const channels = delivery === undefined ? [] : [delivery.channel];
    if (event === 'delivered' && newer?.event === 'delivered') {
      lines[lines.length - 1] = { ...entry, channels: [...channels, ...newer.channels] };
    } else {
      lines.push({ ...entry, channels });
    }
  }
  return lines;
}

function sentence({ event, severity, escalationLevel, cause, channels }) {
  const raised = ['firing', 'worsened', 'escalated'].includes(event);
  return [
    said[event] ?? event,
    raised ? `, ${severity}, level ${escalationLevel}` : '',
    event === 'delivered' ? ` ${[...new Set(channels)].join(', ')}` : '',
    event !== 'delivered' && (channels[0] ?? cause.by) ? ` (${channels[0] ?? cause.by})` : '',
    cause.note ? `: ${spanInWords(cause.note)}` : '',
  ].join('');
}

/** Says aloud what changed, and nothing while nothing does. */
function tellNews(alerts) {
  const now = new Map(
    alerts.map(({ key, status, severity }) => [key, `${words(key)} ${status}, ${severity}`]),
  );
  if (known !== undefined) {
    const news = [...now].filter(([key, text]) => known.get(key) !== text).map(([, text]) => text);
    if (news.length > 0) setText(byId('alerts-news'), news.join('; '));
  }
  known = now;
}
