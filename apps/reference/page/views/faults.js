import { byId, element, keyed, setText } from '../elements.js';
import { time } from '../format.js';
import { ask } from '../service.js';

/** The panel that breaks the service on purpose, where that is allowed. */
export function faultsView() {
  const form = byId('faults-form');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const fields = new FormData(form);
    const durationSeconds = Number(fields.get('seconds'));
    const { ok, body } = await ask('/faults', { kind: fields.get('kind'), durationSeconds });
    setText(byId('faults-answer'), ok ? `started, until ${time(body.endsAt)}` : body.error);
  });
  return ({ state: { faults = null }, points }) => {
    byId('faults-section').hidden = faults === null;
    const now = points.at(-1)?.at ?? 0;
    keyed(
      byId('faults'),
      [...(faults ?? [])].reverse(),
      ({ startedAt, kind }) => `${startedAt} ${kind}`,
      () => element('li'),
      (item, { kind, startedAt, endsAt }) => {
        const on = Date.parse(endsAt) > now;
        setText(
          item,
          `${kind} from ${time(startedAt)} to ${time(endsAt)}${on ? ', on now' : ''}`,
          on ? 'warn' : '',
        );
      },
    );
  };
}
