import type { AlertLink } from './alert-link.js';
import { DeliveryError, type Channel } from './channel.js';
import { AlertingConfigError } from '../configuration.js';
import { mailSubject, mailText, messageId, threadId } from './email-message.js';
import {
  smtpTransporter,
  type MailMessage,
  type MailReceipt,
  type MailTransporter,
  type SmtpOptions,
} from './mail-transporter.js';
import { checkedPace, type PaceOptions } from './pace.js';

/** Who gets mail, and through which server. */
export interface EmailChannelOptions extends PaceOptions {
  /** Default `email`. */
  readonly name?: string;
  /** A transporter of nodemailer. Default: one made from `smtp`. */
  readonly transporter?: MailTransporter;
  /** The mail server; nodemailer must be installed. Default: none, then `transporter` is needed. */
  readonly smtp?: SmtpOptions;
  /** `alerts@example.com`, or with a name: `Alerts <alerts@example.com>`. */
  readonly from: string;
  /** One or more addresses. */
  readonly to: string | readonly string[];
  /** Put before every subject. Default: none. */
  readonly subjectPrefix?: string;
  /** A link in every message that is not the last. Default: none. */
  readonly link?: AlertLink;
}

const maxRecipients = 100;
/** So many deliveries are remembered that some recipients have and others have not. */
const maxUnfinished = 1000;

/**
 * A channel that sends mail: one message per delivery, whose `Message-ID` is the same at every attempt.
 *
 * A recipient that the server turns away for now is tried again without the others. One that it
 * refuses for good, and a message that it refuses for good, are abandoned, and recorded so.
 */
export function emailChannel(options: EmailChannelOptions): Channel {
  const { name = 'email', smtp, from, subjectPrefix = '', link } = options;
  const pace = checkedPace(name, { timeoutMillis: 30_000, concurrency: 2, ...options });
  const domain = domainOf(checkedAddress(`${name}.from`, from));
  const to = checkedRecipients(`${name}.to`, options.to);
  const transporter =
    options.transporter ??
    (smtp === undefined ? undefined : smtpTransporter(`${name}.smtp`, smtp, pace.timeoutMillis));
  if (typeof transporter?.sendMail !== 'function') {
    throw new AlertingConfigError(name, 'needs a transporter of nodemailer, or smtp');
  }
  const unfinished = new Map<string, Unfinished>();
  return {
    name,
    ...pace,
    async send(delivery, { signal }) {
      signal.throwIfAborted();
      const references = threadId(delivery, domain);
      const message: MailMessage = {
        from,
        to: [...(unfinished.get(delivery.id)?.to ?? to)],
        subject: mailSubject(subjectPrefix, delivery),
        text: mailText(delivery, link),
        messageId: messageId(delivery, domain),
        ...(references === undefined ? {} : { references }),
        headers: { 'auto-submitted': 'auto-generated', 'x-auto-response-suppress': 'All' },
        disableFileAccess: true,
        disableUrlAccess: true,
      };
      let receipt: MailReceipt;
      try {
        receipt = await transporter.sendMail(message);
      } catch (error) {
        throw refusal(error);
      }
      const refused = unfinished.get(delivery.id)?.refused ?? 0;
      unfinished.delete(delivery.id);
      const outcome = turnedAway(receipt);
      if (outcome.forNow.length > 0) {
        if (unfinished.size >= maxUnfinished) unfinished.clear();
        const left = { to: outcome.forNow, refused: refused + outcome.forGood };
        unfinished.set(delivery.id, left);
      }
      const count = refused + outcome.forGood + outcome.forNow.length;
      if (count === 0) return;
      throw new DeliveryError(`refused for ${count} of ${to.length} recipients${outcome.codes}`, {
        permanent: outcome.forNow.length === 0,
      });
    },
    // A transporter that was handed in is its owner's to close.
    close() {
      if (options.transporter === undefined) transporter.close?.();
      return Promise.resolve();
    },
  };
}

/** Whom a delivery has not reached yet, and how many it never will. */
interface Unfinished {
  readonly to: readonly string[];
  readonly refused: number;
}

function turnedAway({ rejected = [], rejectedErrors = [] }: MailReceipt) {
  const codes = rejected.map((_, place) => rejectedErrors[place]?.responseCode ?? 0);
  const addresses = rejected.map((one) => (typeof one === 'string' ? one : one.address));
  const forNow = addresses.filter((_, place) => (codes[place] ?? 0) < 500);
  return {
    forNow,
    forGood: addresses.length - forNow.length,
    codes: codes.length === 0 ? '' : ` (${codes.join(', ')})`,
  };
}

/** Without the server's words, which may repeat addresses and more. */
function refusal(error: unknown): DeliveryError {
  const { code, responseCode, name } = (error ?? {}) as {
    readonly code?: string;
    readonly responseCode?: number;
    readonly name?: string;
  };
  const answer = responseCode === undefined ? '' : ` ${responseCode}`;
  // EAUTH, ECONNECTION and the like are put right in the configuration while the delivery waits.
  const aboutThis = code === 'EENVELOPE' || code === 'EMESSAGE';
  return new DeliveryError(`not sent (${code ?? name ?? 'unknown'}${answer})`, {
    cause: error,
    permanent: aboutThis && (responseCode ?? 0) >= 500,
  });
}

function checkedRecipients(path: string, value: unknown): readonly string[] {
  const recipients: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (recipients.length === 0 || recipients.length > maxRecipients) {
    throw new AlertingConfigError(path, `must be 1 to ${maxRecipients} addresses`);
  }
  return recipients.map((one, index) =>
    checkedAddress(Array.isArray(value) ? `${path}[${index}]` : path, one),
  );
}

function checkedAddress(path: string, value: unknown): string {
  if (typeof value !== 'string' || !/^(?:[^<>,\p{Cc}]*<)?[^\s<>,@]+@[^\s<>,@]+>?$/u.test(value)) {
    throw new AlertingConfigError(path, 'must be one mail address', value);
  }
  return value;
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).replace(/>$/, '');
}
