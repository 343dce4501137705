import { AlertingConfigError } from '../configuration.js';
import { ownRequire } from '../own-require.js';

/** What sends mail: a transporter of nodemailer, or whatever has its `sendMail`. */
export interface MailTransporter {
  sendMail(message: MailMessage): Promise<MailReceipt>;
  close?(): void;
}

/** A message as nodemailer takes it. */
export interface MailMessage {
  readonly from: string;
  readonly to: string[];
  readonly subject: string;
  readonly text: string;
  readonly messageId: string;
  readonly references?: string;
  readonly headers: Record<string, string>;
  readonly disableFileAccess: true;
  readonly disableUrlAccess: true;
}

/** What the mail server said. */
export interface MailReceipt {
  /** Recipients that it refused while it took others. */
  readonly rejected?: readonly (string | { readonly address: string })[] | undefined;
  /** Why, one for each of them. */
  readonly rejectedErrors?: readonly { readonly responseCode?: number | undefined }[] | undefined;
}

/** How a mail server is reached; more fields go to nodemailer as they are. */
export interface SmtpOptions {
  readonly host: string;
  /** Default 587, or 465 with `secure`. */
  readonly port?: number;
  /** TLS from the first byte. Default false: STARTTLS where the server offers it. */
  readonly secure?: boolean;
  /** Refuses to send unless STARTTLS succeeds. Default false. */
  readonly requireTLS?: boolean;
  readonly auth?: { readonly user: string; readonly pass: string };
  readonly [more: string]: unknown;
}

interface Nodemailer {
  createTransport(options: object): MailTransporter;
}

/** A transporter of nodemailer, which is loaded only now. */
export function smtpTransporter(
  path: string,
  smtp: SmtpOptions,
  timeoutMillis: number,
): MailTransporter {
  if (typeof smtp.host !== 'string' || smtp.host === '') {
    throw new AlertingConfigError(`${path}.host`, 'must be the name of a mail server', smtp.host);
  }
  let nodemailer: Nodemailer;
  try {
    nodemailer = ownRequire('nodemailer') as Nodemailer;
  } catch (cause) {
    const error = new AlertingConfigError(path, 'needs nodemailer: npm install nodemailer');
    error.cause = cause;
    throw error;
  }
  // A message cannot be called back once it is being sent: it must not take longer than its delivery may.
  return nodemailer.createTransport({
    connectionTimeout: timeoutMillis,
    greetingTimeout: timeoutMillis,
    socketTimeout: timeoutMillis,
    ...smtp,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}
