import { byId, element, fillTable } from '../elements.js';
import { number, time } from '../format.js';
import { storyLink } from './story.js';

/** The latest requests, each with a link to what is known of it. */
export function requestsView() {
  const hold = byId('requests-hold');
  const table = byId('requests');
  const form = byId('requests-form');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    location.hash = storyLink(new FormData(form).get('id').trim());
  });
  return ({ state: { requests = [] } }) => {
    if (hold.checked) return;
    fillTable(
      table,
      ['Correlation id', 'Time', 'Route', '#Status', '#ms', 'Tenant'],
      requests.map((request) => [
        request.correlationId,
        time(request.at),
        `${request.method} ${request.route}`,
        [String(request.status), request.status >= 400 ? 'bad' : ''],
        number(request.durationMillis, 1),
        request.tenantId ?? '',
      ]),
    );
    for (const row of table.tBodies[0].rows) link(row);
  };
}

function link(row) {
  const [head] = row.cells;
  const { key } = row.dataset;
  if (head.firstElementChild !== null || key === 'none') return;
  head.replaceChildren(element('a', { href: storyLink(key), className: 'id', textContent: key }));
}
