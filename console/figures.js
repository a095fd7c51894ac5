// What each chart shows, computed from a reading and the one before: values by the name of a line.
import {increase, quantile, samples, value, valuesOf} from './metrics.js';
import {rate, score, seconds, share} from './format.js';

// Paths that answer users, not those that look at the server.
const answering = labels => /^\/v1\/(recommend|search|rank|explain|events)$|^\/v2\/models/.test(labels.path);

function byLabel(names, compute) {
  return Object.fromEntries(names.map(name => [name, compute(name)]));
}

function requests(before, after, elapsed) {
  const paths = valuesOf(after, 'kaskad_requests_total', 'path').filter(path => answering({path}));
  return byLabel(paths, path =>
      increase(before, after, 'kaskad_requests_total', labels => labels.path === path) / elapsed);
}

function requestTimes(before, after) {
  const of = part => quantile(before, after, 'kaskad_request_seconds', part, answering);
  return {p50: of(0.5), p99: of(0.99)};
}

const stagesOf = metrics => valuesOf(metrics, 'kaskad_stage_seconds_count', 'stage');

const stageTimes = part => (before, after) => byLabel(stagesOf(after), stage =>
    quantile(before, after, 'kaskad_stage_seconds', part, labels => labels.stage === stage));

function fallbacks(before, after) {
  return byLabel(stagesOf(after), stage => {
    const of = labels => labels.stage === stage;
    const asked = increase(before, after, 'kaskad_stage_seconds_count', of);
    return asked > 0 ? increase(before, after, 'kaskad_stage_fallbacks_total', of) / asked : null;
  });
}

function refused(before, after, elapsed) {
  const of = (name, where) => [name, increase(before, after, 'kaskad_requests_total', where) / elapsed];
  return Object.fromEntries([
    of('errors (500 and above)', labels => labels.status >= '500' && labels.path !== 'none'),
    of('no room (429, 503)', labels => labels.status === '429' || labels.path === 'none' && labels.status === '503'),
    of('wrong requests (4xx)', labels => /^4(?!29)/.test(labels.status)),
  ]);
}

// Since the server began: an action comes long after its page, so that seconds say nothing.
function quality(_, metrics) {
  const part = (some, all) => value(metrics, all) > 0 ? (value(metrics, some) || 0) / value(metrics, all) : null;
  return {
    SIFR: part('kaskad_useful_pages_total', 'kaskad_pages_total'),
    CTR: part('kaskad_clicked_items_total', 'kaskad_shown_items_total'),
  };
}

function drift(_, metrics) {
  return Object.fromEntries(samples(metrics, 'kaskad_stage_score_psi').map(({labels, value}) =>
      [`${labels.stage}, ${labels.asked}, ${labels.version.slice(0, 6)}`, value]));
}

export const kFigures = [
  {title: 'Requests a second', note: 'by path', format: rate, compute: requests},
  {title: 'Time of requests', note: 'waiting for a thread included', format: seconds, compute: requestTimes},
  {title: 'Time of stages, p50', note: 'of a cascade', format: seconds, compute: stageTimes(0.5)},
  {title: 'Time of stages, p99', note: 'of a cascade', format: seconds, compute: stageTimes(0.99)},
  {title: 'Fallbacks', note: 'share of a stage\'s answers that something stood in for', format: share, compute: fallbacks},
  {title: 'Errors and refusals a second', note: 'by status', format: rate, compute: refused},
  {title: 'SIFR and CTR', note: 'of all pages since the server began', format: share, compute: quality},
  {title: 'Drift of scores', note: 'population stability index', format: score, compute: drift,
   lines: [{value: 0.1, text: 'look at it'}, {value: 0.25, text: 'another population'}]},
];
