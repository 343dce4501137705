import { connect } from './connection.js';
import { byId, setText } from './elements.js';
import { Feed } from './feed.js';
import { time } from './format.js';
import { showAlerts } from './views/alerts.js';
import { complianceView } from './views/compliance.js';
import { detectorsView } from './views/detectors.js';
import { monitorView } from './views/monitor.js';
import { overviewView } from './views/overview.js';
import { showLanguageModel, showTenants } from './views/tenants.js';

const feed = new Feed();
const views = [
  overviewView(),
  showAlerts,
  detectorsView(),
  monitorView(),
  complianceView(),
  showTenants,
  showLanguageModel,
];

let frame = 0;
function draw() {
  frame = 0;
  for (const view of views) view(feed);
}

const said = {
  connecting: ['connecting', 'quiet'],
  lost: ['the service does not answer; trying again', 'bad'],
  paused: ['paused while hidden', 'quiet'],
};

connect({
  onMessage: (message, id) => {
    feed.take(message, id);
    frame ||= requestAnimationFrame(draw);
  },
  onState: (state) => {
    const restarted =
      feed.restartedAt && `live; the service was restarted, seen ${time(feed.restartedAt)}`;
    const [text, className] = said[state] ?? [restarted || 'live', 'good'];
    setText(byId('connection'), text, className);
  },
});
