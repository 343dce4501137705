import { byId, element, fillTable, setText } from '../elements.js';
import { number, time, words } from '../format.js';
import { ask } from '../service.js';

const prefix = '#request/';
/** Spans are exported a second later than the request is answered, and not all of them at once. */
const againMillis = 1500;
const mostReads = 5;

export const storyLink = (correlationId) => prefix + encodeURIComponent(correlationId);

/** Follows the correlation id in the address: spans as a waterfall, log lines, and mappings. */
export function followStories() {
  const show = async () => {
    const id = location.hash.startsWith(prefix)
      ? decodeURIComponent(location.hash.slice(prefix.length))
      : '';
    byId('story').hidden = id === '';
    if (id === '') return;
    let story = await read(id);
    fill(id, story);
    byId('story-heading').focus();
    for (let reads = 1; story.ok && reads < mostReads; reads += 1) {
      await new Promise((resolve) => setTimeout(resolve, againMillis));
      if (location.hash !== storyLink(id)) return;
      const before = story;
      story = await read(id);
      if (JSON.stringify(story) !== JSON.stringify(before)) fill(id, story);
      else if (story.ok && story.body.spans.length > 0) return;
    }
  };
  globalThis.addEventListener('hashchange', show);
  void show();
}

const read = (id) => ask(`/requests/${encodeURIComponent(id)}`);

function fill(id, { ok, body }) {
  setText(byId('story-heading'), `Request ${id}`);
  const { requests = [], spans = [], lines = [], mappings = [] } = ok ? body : {};
  setText(
    byId('story-summary'),
    ok
      ? requests
          .map(
            ({ at, method, route, status, durationMillis, tenantId }) =>
              `${time(at)} ${method} ${route}: ${status} after ${number(durationMillis, 1)} ms${tenantId ? `, tenant ${tenantId}` : ''}`,
          )
          .join('; ')
      : body.error,
  );
  for (const table of ['spans', 'lines', 'mappings']) byId(table).replaceChildren();
  fillSpans(byId('spans'), spans);
  fillTable(
    byId('lines'),
    ['Line', 'Time', 'Level', 'Message', 'Fields'],
    lines.map((line, index) => [
      number(index + 1),
      time(line.timestamp),
      [line.level, line.level === 'error' ? 'bad' : ''],
      line.message,
      [fieldsOf(line), 'wraps'],
    ]),
  );
  fillTable(
    byId('mappings'),
    ['Row', 'Framework', 'Control', 'Category', 'Severity', 'Detector', '#Confidence'],
    mappings === null
      ? [['unavailable', '', '', '', '', '', '']]
      : mappings.map((row, index) => [
          number(index + 1),
          row.framework,
          row.control,
          words(row.category),
          row.severity,
          row.detector,
          number(row.confidence, 2),
        ]),
  );
}

/** The waterfall: each span under its parent, with where it lies in the time of all. */
function fillSpans(table, spans) {
  const begin = Math.min(...spans.map(({ startedAt }) => Date.parse(startedAt)));
  const end = Math.max(...spans.map((span) => Date.parse(span.startedAt) + span.durationMillis));
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const ordered = [];
  const take = (parent, depth) => {
    for (const span of spans) {
      const own = ids.has(span.parentSpanId) ? span.parentSpanId : undefined;
      if (own !== parent) continue;
      ordered.push({ ...span, depth });
      take(span.spanId, depth + 1);
    }
  };
  take(undefined, 0);
  fillTable(
    table,
    ['Span', '#Start ms', '#Took ms', 'Outcome', 'Waterfall'],
    ordered.map(({ spanId, startedAt, durationMillis, failed }) => {
      const start = Date.parse(startedAt) - begin;
      const whole = Math.max(end - begin, 0.001);
      return [
        spanId,
        number(start, 1),
        number(durationMillis, 1),
        [failed ? 'failed' : 'ok', failed ? 'bad' : ''],
        { bar: durationMillis / whole, from: start / whole },
      ];
    }),
  );
  ordered.forEach(({ name, depth, failed }, index) => {
    const row = table.tBodies[0].rows[index];
    row.cells[0].replaceChildren(element('span', { textContent: name }));
    row.cells[0].style.paddingLeft = `${depth}rem`;
    if (failed) row.querySelector('.bar').classList.add('failed');
  });
}

function fieldsOf(line) {
  const known = ['timestamp', 'level', 'message', 'logger', 'service', 'correlation_id'];
  return Object.entries(line)
    .filter(([name]) => !known.includes(name) && !/^(?:trace|span)_/.test(name))
    .map(([name, value]) => `${name}=${textOf(value)}`)
    .join(' ');
}

/** An error without its stack, which is in the log. */
function textOf(value) {
  if (typeof value !== 'object' || value === null) return value;
  return 'stack' in value ? `${value.type}: ${value.message}` : JSON.stringify(value);
}
