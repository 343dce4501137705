/** What the page knows: the latest points, oldest first, and the state by part. */

const mostPoints = 600;

export class Feed {
  /** Seconds since 1970 and figures; a point without figures is a gap. */
  points = [];
  state = {};
  /** Set when the service began anew. */
  restartedAt;
  #process;

  /** @param {string} id begins with what names the process that sent it */
  take({ whole, points, state }, id) {
    const [first] = points;
    const [process] = id.split('-');
    if (this.#process !== undefined && process !== this.#process) this.restartedAt = new Date();
    if (whole) {
      // What was seen before stays, with a gap for what nobody saw.
      this.points = this.points.filter(({ at }) => first === undefined || at < first.at);
      const last = this.points.at(-1);
      if (last !== undefined) this.points.push({ at: last.at + 1 });
    }
    this.#process = process;
    this.points.push(...points);
    this.points.splice(0, Math.max(0, this.points.length - mostPoints));
    this.state = whole ? state : { ...this.state, ...state };
  }

  get times() {
    return this.points.map(({ at }) => at / 1000);
  }

  /** One line of a chart. */
  line(valueOf) {
    return this.points.map((point) => {
      const value = 'requestsPerSecond' in point ? valueOf(point) : null;
      return typeof value === 'number' ? value : null;
    });
  }
}
