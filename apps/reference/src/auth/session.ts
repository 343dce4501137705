import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const cookieName = 'reference_session';

/** Who has shown the token in the login form, remembered by a cookie that every replica with that token can check. */
export class Sessions {
  readonly #key: Buffer;
  readonly #lifetimeMillis: number;
  readonly #now: () => number;

  /** @param token signs the cookies: another token makes all of them worthless */
  constructor(token: string, lifetimeMillis: number, now: () => number = Date.now) {
    // Derived, so that a signature is worth nothing as a token or anywhere else.
    this.#key = createHmac('sha256', token).update('session cookie').digest();
    this.#lifetimeMillis = lifetimeMillis;
    this.#now = now;
  }

  /**
   * The `Set-Cookie` that opens a session.
   *
   * @param secure whether the browser came over TLS, and must send the cookie over nothing else
   */
  open(secure: boolean): string {
    const claim = `${this.#now() + this.#lifetimeMillis}.${randomBytes(9).toString('base64url')}`;
    return cookieOf(`${claim}.${this.#sign(claim)}`, this.#lifetimeMillis / 1000, secure);
  }

  /** The `Set-Cookie` that ends a session in this browser. */
  static close(secure: boolean): string {
    return cookieOf('', 0, secure);
  }

  /** @returns when the session ends, milliseconds since 1970; undefined where there is none */
  endOf(cookieHeader: string | undefined): number | undefined {
    for (const pair of (cookieHeader ?? '').split(';')) {
      const [name, value] = pair.split('=');
      if (name?.trim() !== cookieName || value === undefined) continue;
      const [, claim = '', end, signature = ''] =
        /^((\d{13})\.[\w-]{12})\.([\w-]{43})$/.exec(value.trim()) ?? [];
      if (end === undefined) continue;
      const [given, expected] = [Buffer.from(signature), Buffer.from(this.#sign(claim))];
      if (timingSafeEqual(given, expected) && Number(end) > this.#now()) return Number(end);
    }
    return undefined;
  }

  #sign(claim: string): string {
    return createHmac('sha256', this.#key).update(claim).digest('base64url');
  }
}

function cookieOf(value: string, maxAgeSeconds: number, secure: boolean): string {
  const attributes = `Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict`;
  return `${cookieName}=${value}; ${attributes}${secure ? '; Secure' : ''}`;
}
