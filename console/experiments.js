// Experiments: arms and their shares as the server has them, what it counts of each, and the arms of
// a user. To decide is the affair of `kaskad ab`, which has intervals.
import {ask, served} from './api.js';
import {$, element, table, terms} from './dom.js';
import {count, share} from './format.js';
import {value} from './metrics.js';
import {newest, onReading} from './readings.js';

let visible = false;

const number = text => ({text, number: true});

function figures(metrics, experiment, layer, arm) {
  const of = name => value(metrics, `kaskad_experiment_${name}_total`, labels =>
      labels.experiment === experiment && labels.layer === layer && labels.arm === arm);
  const part = (some, all) => of(all) > 0 ? share((of(some) ?? 0) / of(all)) : '';
  return {answers: of('answers') ?? 0, pages: of('pages'), sifr: part('useful_pages', 'pages'),
          ctr: part('clicked_items', 'shown_items')};
}

function change(arm) {
  if (arm.own_cascade) return 'a cascade of its own' + (arm.changes.length ? `, ${arm.changes.join(', ')}` : '');
  return arm.changes.length ? arm.changes.join(', ') : 'the base cascade';
}

function role(arm, layer) {
  if (arm.arm === layer.control) return ' (control)';
  return arm.taken_down ? ' (taken down)' : '';
}

function layerTable(experiment, layer, metrics) {
  const rows = layer.arms.map(arm => ({arm, of: figures(metrics, experiment, layer.layer, arm.arm)}));
  const all = rows.reduce((sum, row) => sum + row.of.answers, 0);
  const heads = ['Arm', 'What is other', number('Share planned'), number('Share of answers'), number('Answers'),
                 number('Pages'), number('SIFR'), number('CTR')];
  return table(`Arms of layer ${layer.layer}`, heads, rows.map(({arm, of}) => [
    arm.arm + role(arm, layer), change(arm), share(arm.share),
    all ? share(of.answers / all) : '', count(of.answers), of.pages === undefined ? '' : count(of.pages), of.sifr, of.ctr,
  ]));
}

async function draw() {
  const metrics = newest()?.metrics || new Map();
  try {
    const {experiment} = await served();
    $('no-experiment').hidden = Boolean(experiment);
    $('arms-form').hidden = !experiment;
    if (!experiment) return $('experiment').replaceChildren();
    const facts = element('dl', 'facts', ...terms([
      ['experiment', experiment.name],
      ['held out of all layers', share(experiment.holdout)],
      ['cascades behind the arms', element('code', '', experiment.versions.join(' '))],
    ]));
    $('experiment').replaceChildren(element('section', 'card', facts), ...experiment.layers.map(layer =>
        element('section', 'card', element('h3', '', `Layer '${layer.layer}' `, element('span', 'quiet',
            `${share(layer.rest)} of users have no arm in it`)),
            element('div', 'wide', layerTable(experiment.name, layer, metrics)),
            element('p', 'quiet', 'Answers, pages and what came of them since the server began; an arm that looks ' +
                'better may be so by chance: kaskad ab decides.'))));
  } catch (error) {
    $('experiment').replaceChildren(element('p', 'message', error.message));
  }
}

async function lookUp(event) {
  event.preventDefault();
  const user = $('arms-user').value.trim();
  if (!user) return $('arms-user').focus();
  try {
    const found = await ask(`v1/experiment/users/${encodeURIComponent(user)}`);
    const arms = Object.entries(found.arms).map(([layer, arm]) => `${layer}: ${arm}`).join('; ');
    $('arms-answer').replaceChildren(element('dl', 'facts', ...terms([
      ['user', found.user_id],
      ['arms', found.held_out ? 'none: held out' : arms || 'none: in the rest of every layer'],
      ['answered by', element('code', '', found.version)],
    ])));
  } catch (error) {
    $('arms-answer').replaceChildren(element('p', 'message', error.message));
  }
}

export function init() {
  $('arms-form').onsubmit = lookUp;
  onReading(() => { if (visible) draw(); });
}

export async function show() {
  visible = true;
  await served({again: true}).catch(() => {});  // draw() says what is wrong
  draw();
}

export function hide() {
  visible = false;
}
