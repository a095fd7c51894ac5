// Lines over time as SVG, with a legend that says the newest values and a table of the points for
// those who do not see lines. Made once, updated with each reading, so that focus stays where it is.
import {element, table} from './dom.js';
import {clock} from './format.js';

const kSvg = 'http://www.w3.org/2000/svg';
const kWidth = 600, kHeight = 210;
const kLeft = 62, kRight = 12, kTop = 10, kBottom = 26;
const kTableRows = 20;
const kLooks = 8;  // classes .look-0 .. of console.css: colours, each with dashes of its own

function svg(tag, attributes, ...children) {
  const node = document.createElementNS(kSvg, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// About `wanted` round steps up to `most`.
function ticks(most, wanted) {
  const rough = most / wanted, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(size => size >= rough);
  const values = [];
  for (let at = 0; at <= most + step * 1e-6; at += step) values.push(at);
  if (values.at(-1) < most) values.push(values.length * step);
  return values;
}

export class Chart {
  // `format(value)` makes texts of values. `lines`: values that are drawn across, {value, text}.
  constructor({title, note, format, lines = []}) {
    Object.assign(this, {title, format, lines});
    this.picture = svg('svg', {viewBox: `0 0 ${kWidth} ${kHeight}`, role: 'img'});
    this.legend = element('ul', 'legend');
    this.rows = element('div', 'wide');
    this.details = element('details', '', element('summary', '', 'As a table'), this.rows);
    this.details.ontoggle = () => this.fillTable();
    this.node = element('figure', 'card', element('figcaption', '', element('strong', '', title),
                        element('span', 'quiet', note)), this.picture, this.legend, this.details);
    this.series = [];
  }

  // [{name, points: [[milliseconds, value or null]]}]
  update(series) {
    this.series = series.filter(one => one.points.some(([, value]) => value !== null));
    this.draw();
    this.fillLegend();
    this.fillTable();
  }

  newestOf(one) {
    return one.points.findLast(([, value]) => value !== null)[1];
  }

  draw() {
    const points = this.series.flatMap(one => one.points).filter(([, value]) => value !== null);
    this.picture.setAttribute('data-points', points.length);
    if (!points.length) {
      this.picture.setAttribute('aria-label', `${this.title}: nothing yet`);
      this.picture.replaceChildren(svg('text', {x: kWidth / 2, y: kHeight / 2, 'text-anchor': 'middle'}, 'nothing yet'));
      return;
    }
    const all = this.series.flatMap(one => one.points.map(([at]) => at));
    const first = Math.min(...all), last = Math.max(...all);
    const steps = ticks(Math.max(...points.map(([, value]) => value)) || 1, 4);
    const x = at => kLeft + (last === first ? 1 : (at - first) / (last - first)) * (kWidth - kLeft - kRight);
    const y = value => kHeight - kBottom - Math.min(1, value / steps.at(-1)) * (kHeight - kTop - kBottom);
    const words = this.series.map(one => `${one.name} ${this.format(this.newestOf(one))}`);
    this.picture.setAttribute('aria-label', `${this.title}, now: ${words.join(', ')}`);
    this.picture.replaceChildren(...this.frame(steps, y, first, last),
                                 ...this.series.flatMap((one, i) => this.line(one, i % kLooks, x, y)));
  }

  frame(steps, y, first, last) {
    const across = (value, className) =>
        svg('line', {x1: kLeft, x2: kWidth - kRight, y1: y(value), y2: y(value), class: className});
    const text = (x, height, anchor, content) => svg('text', {x, y: height, 'text-anchor': anchor}, content);
    return [
      ...steps.flatMap(value => [across(value, 'grid'), text(kLeft - 8, y(value) + 4, 'end', this.format(value))]),
      ...this.lines.filter(({value}) => value <= steps.at(-1)).flatMap(({value, text: words}) =>
          [across(value, 'limit'), text(kWidth - kRight, y(value) + (y(value) < kTop + 14 ? 13 : -4), 'end', words)]),
      text(kLeft, kHeight - 6, 'start', clock(first)),
      ...(last > first ? [text(kWidth - kRight, kHeight - 6, 'end', clock(last))] : []),
    ];
  }

  // A gap where a value is missing; a dot where one stands alone.
  line(one, look, x, y) {
    const runs = [[]];
    for (const [at, value] of one.points) {
      if (value === null) runs.push([]);
      else runs.at(-1).push(`${x(at).toFixed(1)},${y(value).toFixed(1)}`);
    }
    return runs.filter(run => run.length).map(run => {
      if (run.length > 1) return svg('polyline', {points: run.join(' '), class: `curve look-${look}`});
      const [cx, cy] = run[0].split(',');
      return svg('circle', {cx, cy, r: 2.5, class: `point look-${look}`});
    });
  }

  fillLegend() {
    this.legend.replaceChildren(...this.series.map((one, i) => {
      const stroke = svg('line', {x1: 0, x2: 22, y1: 5, y2: 5, class: `curve look-${i % kLooks}`});
      const swatch = svg('svg', {viewBox: '0 0 22 10', class: 'swatch', 'aria-hidden': 'true'}, stroke);
      return element('li', '', swatch, one.name, element('b', '', this.format(this.newestOf(one))));
    }));
  }

  // The newest first; only while it is open, and where the page stays as it was scrolled.
  fillTable() {
    if (!this.details.open) return;
    const times = [...new Set(this.series.flatMap(one => one.points.map(([at]) => at)))].sort().reverse();
    const byTime = this.series.map(one => new Map(one.points));
    const text = value => value === undefined || value === null ? '' : this.format(value);
    const heads = ['Time', ...this.series.map(one => ({text: one.name, number: true}))];
    this.rows.replaceChildren(table(this.title, heads, times.slice(0, kTableRows).map(at =>
        [clock(at), ...byTime.map(values => text(values.get(at)))])));
  }
}
