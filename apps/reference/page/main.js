import { connect } from './connection.js';
import { byId, setText } from './elements.js';
import { Feed } from './feed.js';
import { time } from './format.js';
import { ask } from './service.js';
import { showAlerts } from './views/alerts.js';
import { complianceView, showConfidence } from './views/compliance.js';
import { detectorsView } from './views/detectors.js';
import { faultsView } from './views/faults.js';
import { monitorView } from './views/monitor.js';
import { overviewView } from './views/overview.js';
import { requestsView } from './views/requests.js';
import { followStories } from './views/story.js';
import { showLanguageModel, showTenants } from './views/tenants.js';

const feed = new Feed();
const views = [
  overviewView(),
  showAlerts,
  detectorsView(),
  monitorView(),
  complianceView(),
  showConfidence,
  showTenants,
  showLanguageModel,
  faultsView(),
  requestsView(),
];

let frame = 0;
function draw() {
  frame = 0;
  for (const view of views) view(feed);
  byId('logout').hidden = feed.state.login !== true;
}

const said = {
  connecting: ['connecting', 'quiet'],
  lost: ['the service does not answer; trying again', 'bad'],
  paused: ['paused while hidden', 'quiet'],
};

byId('logout').addEventListener('click', async () => {
  await ask('/logout', {});
  location.assign('/login');
});
followStories();
connect({
  onMessage: (message, id) => {
    feed.take(message, id);
    frame ||= requestAnimationFrame(draw);
  },
  onState: (state) => {
    const restarted =
      feed.restartedAt && `live; the service was restarted, seen ${time(feed.restartedAt)}`;
    const [text, className] = said[state] ?? [restarted || 'live', 'good'];
    setText(byId('connection'), text, `pill ${className}`);
  },
});
