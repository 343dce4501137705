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
    const detector = fields.get('detector');
    const fault = { kind: fields.get('kind'), durationSeconds, ...(detector && { detector }) };
    const { ok, body } = await ask('/faults', fault);
    setText(byId('faults-answer'), ok ? `started, until ${time(body.endsAt)}` : body.error);
  });
  byId('faults-stop').addEventListener('click', async () => {
    const { ok, body } = await ask('/faults/stop', {});
    setText(byId('faults-answer'), ok ? 'stopped' : body.error);
  });
  return ({ state: { faults = null, monitor }, points }) => {
    byId('faults-section').hidden = faults === null;
    keyed(
      byId('faults-detector'),
      ['', ...(monitor?.models ?? []).map(({ modelName }) => modelName)],
      (name) => name,
      (name) => element('option', { value: name, textContent: name || 'all' }),
      () => undefined,
    );
    const now = points.at(-1)?.at ?? 0;
    const isOn = ({ endsAt }) => Date.parse(endsAt) > now;
    byId('faults-stop').disabled = !(faults ?? []).some(isOn);
    keyed(
      byId('faults'),
      [...(faults ?? [])].reverse(),
      ({ startedAt, kind, detector }) => `${startedAt} ${kind} ${detector}`,
      () => element('li'),
      (item, fault) => {
        const { kind, detector, startedAt, endsAt } = fault;
        const on = isOn(fault);
        setText(
          item,
          `${kind}${detector ? ` of ${detector}` : ''} from ${time(startedAt)} to ${time(endsAt)}${on ? ', on now' : ''}`,
          on ? 'warn' : '',
        );
      },
    );
  };
}
