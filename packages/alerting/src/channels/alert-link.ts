import type { Alert } from '../alert.js';

/** Gives the link that a page carries, such as `(alert) => links.link(alert)` of `AckLinks`. */
export type AlertLink = (alert: Alert) => string | undefined;

/** The link of an alert. One that cannot be made is left out: a page without a link is still a page. */
export function linkOf(
  alert: Alert,
  link: AlertLink | undefined,
  maxLength: number,
): string | null {
  let url: string | undefined;
  try {
    url = link?.(alert);
  } catch {
    return null;
  }
  return url !== undefined && url.length <= maxLength && URL.canParse(url) ? url : null;
}
