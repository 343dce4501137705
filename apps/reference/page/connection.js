/** The stream of the service: one connection, none while nobody looks, opened again whenever it is lost. */

import { ask } from './service.js';

const patienceMillis = 20_000;
const retryMillis = 2_000;

/**
 * @param {{ onMessage: (message: object, id: string) => void, onState: (state: 'connecting' | 'live' | 'lost' | 'paused') => void }} listener
 */
export function connect({ onMessage, onState }) {
  /** @type {EventSource | undefined} */
  let source;
  let lastId = '';
  /** @type {number | undefined} */
  let timer;

  /** The stream does not tell why it was refused. */
  const loginAgain = async () => {
    if (source?.readyState !== EventSource.CLOSED) return;
    const { status } = await ask('/models');
    if (status === 401) location.assign(`/login${location.hash}`);
  };
  const close = () => {
    clearTimeout(timer);
    source?.close();
    source = undefined;
  };
  const openLater = (millis) => {
    clearTimeout(timer);
    timer = setTimeout(open, millis);
  };
  const open = () => {
    close();
    if (document.hidden) {
      onState('paused');
      return;
    }
    onState('connecting');
    // A new EventSource has no Last-Event-ID, so the address tells it.
    source = new EventSource(lastId === '' ? '/live' : `/live?lastEventId=${lastId}`);
    source.onmessage = (event) => {
      lastId = event.lastEventId;
      openLater(patienceMillis);
      onMessage(JSON.parse(event.data), lastId);
      onState('live');
    };
    source.onerror = () => {
      onState('lost');
      void loginAgain();
      // The browser tries again by itself after a lost connection, and gives up after any other answer than 200.
      openLater(source?.readyState === EventSource.CLOSED ? retryMillis : patienceMillis);
    };
    openLater(patienceMillis);
  };
  document.addEventListener('visibilitychange', open);
  open();
}
