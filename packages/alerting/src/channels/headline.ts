import type { Delivery, Notification } from '../notification.js';

/** One line that tells a notification from others at a glance: an escalation never looks like a first alert. */
export function headline({ kind, alert, cause }: Notification): string {
  const about = alert.annotations['summary'] ?? alert.type;
  const subject = about === '' ? alert.id : `${alert.id}: ${about}`;
  const why = cause.note === undefined ? '' : ` (${cause.note})`;
  const by = cause.by === undefined ? '' : ` by ${cause.by}`;
  switch (kind) {
    case 'initial':
      return `[ALERT ${alert.severity}] ${subject}`;
    case 'worsened':
      return `[WORSE, now ${alert.severity}] ${subject}`;
    case 'escalated':
      return `[ESCALATED to level ${alert.escalationLevel}, ${alert.severity}] ${subject}${why}`;
    case 'reminder':
      return `[STILL FIRING, level ${alert.escalationLevel}, ${alert.severity}] ${subject}${why}`;
    case 'acknowledged':
      return `[ACKNOWLEDGED${by}] ${subject}${why}`;
    case 'resolved':
      return `[RESOLVED${by}] ${subject}${why}`;
  }
}

/** The headline of a delivery: its only notification's, or how many there are and the worst of them. */
export function deliveryHeadline(delivery: Delivery): string {
  const [first] = delivery.notifications;
  if (first === undefined) return 'nothing';
  const count = delivery.notifications.length;
  return count === 1 ? headline(first) : `${count} alerts together, first: ${headline(first)}`;
}
