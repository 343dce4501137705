import { createHash } from 'node:crypto';
import type { HttpReply } from '../http/http-handler.js';

/** A page of few words. */
export interface AckPage {
  readonly status: number;
  readonly title: string;
  /** Paragraphs. */
  readonly lines: readonly string[];
  /** A form that posts to the same address. Default: none. */
  readonly form?: { readonly button: string };
}

const style =
  ':root{color-scheme:light dark}' +
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:2rem auto;padding:0 1rem}' +
  'h1{font-size:1.3rem}p{overflow-wrap:anywhere}' +
  'input,button{font:inherit;padding:.6rem;width:100%;box-sizing:border-box;margin:.3rem 0}';

/** No script, no frame, no other host, and the address (which is the permission) is told to nobody. */
const headers = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; ` +
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex, nofollow',
  'cross-origin-opener-policy': 'same-origin',
};

/** The page as HTML; every text is escaped. */
export function ackPage({ status, title, lines, form }: AckPage): HttpReply {
  const body = [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>${escaped(title)}</title><style>${style}</style></head><body>`,
    `<h1>${escaped(title)}</h1>`,
    ...lines.map((line) => `<p>${escaped(line)}</p>`),
    form === undefined
      ? ''
      : '<form method="post"><label>Your name (optional) ' +
        '<input name="by" maxlength="80" autocomplete="name"></label>' +
        `<button type="submit">${escaped(form.button)}</button></form>`,
    '</body></html>',
  ].join('');
  return { status, headers, body };
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
