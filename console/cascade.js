// The cascade of one explained request: a box for each stage, from left to right as it ran, and the
// way of an item through all of them. stage.js shows the chosen one.
import {ask} from './api.js';
import {$, element, nameOf, table, terms} from './dom.js';
import {count, score, seconds} from './format.js';
import {showStage} from './stage.js';

const kFilter = 'filter';  // behind the last retriever

let trace = null;     // of the request that is drawn
let chosen = null;    // name of a stage
let followed = null;  // id of an item

// Each stage with what came into it, {item_id, at}: for the filter the union of the retrievers'
// lists, else what left the stage before. Ready to be looked up by id.
function prepare(answer, cascade) {
  const known = new Map((cascade?.stages || []).map(stage => [stage.name, stage]));
  const titles = new Map();
  const filterAt = answer.stages.findIndex(stage => stage.stage === kFilter);
  let before = null;
  const stages = answer.stages.map((record, i) => {
    const out = record.candidates || [];
    for (const one of [...out, ...answer.items]) if (one.title) titles.set(one.item_id, one.title);
    const stage = {
      ...record, out_list: out, retrieves: i < filterAt, model: known.get(record.stage),
      places: new Map(out.map((one, place) => [one.item_id, {...one, place: place + 1}])),
      dropped: answer.dropped.filter(drop => drop.stage === record.stage),
      came: i === filterAt ? union(answer.stages.slice(0, i)) : i < filterAt ? [] : before,
    };
    if (i >= filterAt && record.candidates) before = out.map((one, place) => ({item_id: one.item_id, at: `${place + 1}`}));
    return stage;
  });
  return {stages, titles, answer};
}

function union(retrievers) {
  const places = new Map();
  for (const retriever of retrievers) {
    (retriever.candidates || []).forEach((one, place) => {
      places.set(one.item_id, [...(places.get(one.item_id) || []), `${retriever.stage} ${place + 1}`]);
    });
  }
  return [...places].map(([item_id, at]) => ({item_id, at: at.join(', ')}));
}

// Retrievers stand above each other; so does what stands in for a stage, below it.
function columns(stages) {
  const found = [];
  for (const stage of stages) {
    const beside = found.at(-1);
    const together = beside && (stage.retrieves && beside[0].retrieves || stage.stage.startsWith(`${beside[0].stage}.`));
    if (together) beside.push(stage);
    else found.push([stage]);
  }
  return found;
}

// A stage for searches alone takes no time where there is no query.
const wasAsked = stage => stage.seconds > 0 || stage.reason !== undefined;

function box(stage, slowest) {
  const time = element('span', 'time', element('span', 'fill'));
  time.firstChild.style.width = `${slowest > 0 ? 100 * stage.seconds / slowest : 0}%`;
  const place = followed && stage.places.get(followed)?.place;
  const lost = followed && stage.dropped.some(drop => drop.item_id === followed);
  const node = element('button', `stage${stage.reason ? ' failed' : ''}`,
    element('b', '', stage.stage), element('span', 'quiet', stage.model?.kind || ''),
    element('span', 'flow', stage.retrieves ? `→ ${count(stage.out)}` : `${count(stage.in)} → ${count(stage.out)}`),
    time, element('span', 'quiet', wasAsked(stage) ? seconds(stage.seconds) : 'not asked'),
    stage.unknown ? element('span', 'quiet', `${count(stage.unknown)} unknown`) : null,
    stage.reason ? element('span', 'fault', `${stage.reason}: ${stage.fallback} stood in`) : null,
    place ? element('span', 'here', `at ${place}`) : lost ? element('span', 'here lost', 'dropped here') : null);
  node.type = 'button';
  node.dataset.stage = stage.stage;
  node.setAttribute('aria-pressed', stage.stage === chosen);
  node.onclick = () => choose(stage.stage);
  return node;
}

function drawStages() {
  const focused = document.activeElement?.dataset?.stage;
  const slowest = Math.max(...trace.stages.map(stage => stage.seconds));
  $('stages').replaceChildren(...columns(trace.stages).map(column =>
      element('li', '', ...column.map(stage => box(stage, slowest)))));
  if (focused) document.querySelector(`#stages [data-stage="${CSS.escape(focused)}"]`)?.focus();
}

function choose(name) {
  chosen = name;
  drawStages();
  const stage = trace.stages.find(one => one.stage === name);
  showStage(stage, id => trace.titles.get(id), follow, followed);
}

// ---- the way of an item

function wayOf(id) {
  const steps = [];
  for (const stage of trace.stages) {
    const at = stage.places.get(id);
    const drop = stage.dropped.find(one => one.item_id === id);
    if (at) steps.push(element('li', '', element('b', '', stage.stage), ` at ${at.place}, score ${score(at.score)}`));
    if (drop) steps.push(element('li', 'fault', element('b', '', stage.stage), ` dropped it: ${drop.why}`));
  }
  return steps;
}

// What the rankers computed of the item, stage by stage; folded, since there may be a hundred.
function computed(id) {
  return trace.stages.flatMap(stage => {
    const features = stage.out_list.find(one => one.item_id === id)?.features;
    if (!features) return [];
    const rows = Object.entries(features).map(([name, value]) => [element('code', '', name), score(value)]);
    return [element('details', '', element('summary', '', `What ${stage.stage} computed of it`),
                    table(`Features of ${stage.stage}`, ['Feature', {text: 'Value', number: true}], rows))];
  });
}

const featureText = features => terms(Object.entries(features).map(([name, values]) =>
    [name, values.map(one => typeof one === 'number' ? score(one) : one).join(', ')]));

async function follow(id) {
  followed = id;
  const asked = trace.answer.item?.item_id === id ? trace.answer.item.why : '';
  const steps = wayOf(id);
  const place = trace.answer.items.findIndex(item => item.item_id === id);
  const end = place >= 0 ? `In the answer, at ${place + 1}.` : asked || (steps.length ? 'Not in the answer.' : 'No stage had it.');
  const features = element('dl', 'facts');
  $('way').replaceChildren(element('p', '', element('b', '', nameOf({item_id: id, title: trace.titles.get(id)})),
      element('span', 'id', id), ` ${end}`), element('ol', 'way', ...steps), features, ...computed(id));
  $('way').hidden = false;
  choose(chosen);
  const item = await ask(`v1/items/${encodeURIComponent(id)}`).catch(() => null);  // a way needs no features
  if (followed === id && item?.features) features.replaceChildren(...featureText(item.features));
}

export function showCascade(answer, cascade) {
  trace = prepare(answer, cascade);
  $('cascade').hidden = false;
  $('way').hidden = true;
  followed = null;
  if (!trace.stages.some(stage => stage.stage === chosen)) chosen = trace.stages.at(-1).stage;
  choose(chosen);
  if (answer.item) follow(answer.item.item_id);
}

export function hideCascade() {
  $('cascade').hidden = true;
}
