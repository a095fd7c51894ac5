// Live: charts of what goes on, from /metrics read again and again.
import {Chart} from './chart.js';
import {$, say, terms} from './dom.js';
import {kFigures} from './figures.js';
import {age, bytes, count, share} from './format.js';
import {value} from './metrics.js';
import {every, isPaused, onReading, pause} from './readings.js';

const kMostPoints = 240;

const charts = kFigures.map(figure => ({...figure, chart: new Chart(figure), rows: []}));
let visible = false;

// The lines of a chart: every name that any row has, in the order of their first value.
function seriesOf(rows) {
  const names = [...new Set(rows.flatMap(row => Object.keys(row.values)))];
  return names.map(name => ({name, points: rows.map(row => [row.at, row.values[name] ?? null])}));
}

function draw() {
  for (const {chart, rows} of charts) chart.update(seriesOf(rows));
}

function showTiles(metrics) {
  const of = name => value(metrics, name);
  const pages = of('kaskad_pages_total');
  $('tiles').replaceChildren(...terms([
    ['in flight', count(of('kaskad_requests_in_flight') ?? 0)],
    ['connections', count(of('kaskad_connections') ?? 0)],
    ['memory', bytes(of('process_resident_memory_bytes') ?? 0)],
    ['running for', age(Date.now() / 1000 - (of('process_start_time_seconds') ?? 0))],
    ['pages shown', pages === undefined ? null : count(pages)],
    ['SIFR', pages > 0 ? share((of('kaskad_useful_pages_total') ?? 0) / pages) : null],
  ]));
}

function take(reading, before) {
  say($('live-note'), isPaused() ? 'Paused.' : '');
  if (before) {
    const elapsed = (reading.at - before.at) / 1000;
    for (const {compute, rows} of charts) {
      rows.push({at: reading.at, values: compute(before.metrics, reading.metrics, elapsed)});
      if (rows.length > kMostPoints) rows.shift();
    }
  }
  if (!visible) return;
  showTiles(reading.metrics);
  if (before) draw();
}

function togglePause() {
  pause(!isPaused());
  $('pause').textContent = isPaused() ? 'Go on' : 'Pause';
  $('pause').setAttribute('aria-pressed', isPaused());
  say($('live-note'), isPaused() ? 'Paused.' : '');
}

export function init() {
  $('charts').replaceChildren(...charts.map(({chart}) => chart.node));
  $('pause').onclick = togglePause;
  $('interval').onchange = () => every(Number($('interval').value));
  onReading(take, error => say($('live-note'), error.message));
  draw();
}

export function show() {
  visible = true;
  draw();
}

export function hide() {
  visible = false;
}
