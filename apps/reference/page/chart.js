import uPlot from './uplot/uPlot.esm.js';
import { element, setText } from './elements.js';
import { figure, words } from './format.js';

const dashes = [[], [6, 4], [2, 3], [10, 3, 2, 3]];

/** A chart over time with a legend of the latest values, which is also what it says to those who cannot see it. */
export class Chart {
  #options;
  #plot;
  #box = element('div', { className: 'chart' });
  #legend = element('ul', { className: 'legend' });
  #names = [];
  #width = 0;

  /**
   * @param {HTMLElement} container
   * @param {{ label: string, unit?: string, hourly?: boolean, filled?: boolean, line?: number, classOf?: (name: string, index: number) => string }} options
   *   `hourly` draws bars over a day; `filled` tints what is under the lines; `line` is a value that is marked across the chart
   */
  constructor(container, options) {
    this.#options = options;
    this.#box.role = 'img';
    container.append(this.#box, this.#legend);
    new ResizeObserver(([entry]) => {
      this.#width = Math.floor(entry.contentRect.width);
      if (this.#width > 0) this.#plot?.setSize({ width: this.#width, height: this.#height });
    }).observe(this.#box);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () =>
      this.#plot?.redraw(false),
    );
  }

  /** The style sheet says it. */
  get #height() {
    return this.#box.clientHeight;
  }

  /** @param {number[]} times @param {Record<string, (number | null)[]>} lines by name */
  show(times, lines) {
    const names = Object.keys(lines);
    if (names.join() !== this.#names.join()) this.#rebuild(names);
    const { label, unit = '' } = this.#options;
    const latest = names.map((name) => {
      const value = lines[name].at(-1);
      return `${words(name)} ${value === null || value === undefined ? 'unknown' : figure(value) + unit}`;
    });
    latest.forEach((text, index) => setText(this.#legend.children[index], text));
    this.#box.ariaLabel = `${label}: ${latest.join(', ')}`;
    if (this.#width === 0) return;
    this.#plot ??= this.#draw(names);
    this.#plot.setData([times, ...names.map((name) => lines[name])]);
  }

  #rebuild(names) {
    this.#plot?.destroy();
    this.#plot = undefined;
    this.#names = names;
    const classOf = this.#options.classOf ?? ((_name, index) => `series-${(index % 4) + 1}`);
    this.#legend.replaceChildren(
      ...names.map((name, index) => element('li', { className: `key ${classOf(name, index)}` })),
    );
  }

  #draw(names) {
    const { hourly = false, filled = false, line } = this.#options;
    const quiet = () => getComputedStyle(this.#box).color;
    // Colours come from the style sheet, which knows the colour scheme.
    const colour = (index) => getComputedStyle(this.#legend.children[index]).color;
    const axis = {
      stroke: quiet,
      grid: { stroke: () => faint(quiet()), width: 1 },
      ticks: { stroke: () => faint(quiet()), width: 1 },
      font: '12px system-ui, sans-serif',
    };
    return new uPlot(
      {
        width: this.#width,
        height: this.#height,
        legend: { show: false },
        cursor: { drag: { x: false, y: false }, points: { show: false } },
        scales: {
          y: {
            range: (_plot, _min, max) => [
              0,
              Math.max(line === undefined ? 0 : line * 1.5, max * 1.1) || 1,
            ],
          },
          ...(hourly && { x: { range: (plot) => lastDay(plot) } }),
        },
        axes: [
          { ...axis, values: timeValues, space: 60, size: 36 },
          { ...axis, size: 52, values: (_plot, values) => values.map(figure) },
        ],
        series: [
          {},
          ...names.map((name, index) => ({
            label: name,
            stroke: () => colour(index),
            width: 2,
            points: { show: false },
            ...(hourly
              ? { paths: uPlot.paths.bars({ size: [0.8, 20] }), fill: () => colour(index) }
              : { dash: dashes[index % dashes.length] }),
            ...(filled && { fill: () => faint(colour(index), 0.15) }),
          })),
        ],
        hooks: line === undefined ? {} : { draw: [(plot) => mark(plot, line, quiet())] },
      },
      [[], ...names.map(() => [])],
      this.#box,
    );
  }
}

const hour = 3600;

/** Hours begin at their time, so the latest bar needs room. */
function lastDay(plot) {
  const latest = plot?.data[0].at(-1) ?? Math.floor(Date.now() / 1000 / hour) * hour;
  return [latest - 23.5 * hour, latest + hour / 2];
}

function timeValues(_plot, values, _axis, _space, step) {
  const style = step < 60 ? { second: '2-digit' } : {};
  return values.map((value) =>
    new Date(value * 1000).toLocaleTimeString('en-GB', {
      hour: '2-digit',
      minute: '2-digit',
      ...style,
    }),
  );
}

const faint = (colour, alpha = 0.25) => colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);

function mark(plot, value, colour) {
  const { ctx, bbox } = plot;
  const y = Math.round(plot.valToPos(value, 'y', true));
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.setLineDash([4, 4]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}
