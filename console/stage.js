// One stage of an explained request: what it is, and its candidates as they came, as they left, and
// those that it dropped with the reason.
import {$, button, element, itemLabel, nameOf, table, terms} from './dom.js';
import {age, count, score, seconds} from './format.js';

const kRows = 50;  // at first

let list = 'out';   // which one is shown, also of the next stage
let words = '';     // that an item must have
let all = false;    // rows beyond the first

const number = text => ({text, number: true});

function facts(stage) {
  const model = stage.model;
  const written = Date.parse(model?.created || '');
  return element('dl', 'facts', ...terms([
    ['model', model && element('span', '', `${model.kind} `, element('code', '', model.version))],
    ['written', Number.isNaN(written) ? null : `${age((Date.now() - written) / 1000)} ago`],
    ['took', seconds(stage.seconds) + (model?.time_ms > 0 ? ` of at most ${model.time_ms} ms` : '')],
    ['keeps', model && count(model.keep)],
    ['where it fails', model && model.fallback + (model.fallback_kind ? ` of ${model.fallback_kind}` : '')],
    ['reads the scores of', model?.scores_of],
    ['not known to its model', stage.unknown ? `${count(stage.unknown)} candidates` : null],
    ['failed', stage.reason ? element('span', 'fault', `${stage.why}; ${stage.fallback} stood in`) : null],
  ]));
}

// "+3": three places further up than it came; nothing where it came from several lists.
function moved(came, place) {
  const before = Number(came);
  if (!came || Number.isNaN(before)) return '';
  return before === place ? '=' : before > place ? `+${before - place}` : `-${place - before}`;
}

function outList(stage) {
  const came = new Map((stage.came || []).map(one => [one.item_id, one.at]));
  const heads = Object.keys(stage.out_list.find(one => one.heads)?.heads || {});
  return {
    heads: [number('#'), 'Item', number('Score'), ...heads.map(number), ...(came.size ? [number('Came at'), number('Moved')] : [])],
    rows: stage.out_list.map((one, i) => ({item: one, cells: item => [
      i + 1, item, score(one.score), ...heads.map(head => one.heads ? score(one.heads[head]) : ''),
      ...(came.size ? [came.get(one.item_id) || '', moved(came.get(one.item_id), i + 1)] : []),
    ]})),
  };
}

function droppedList(stage) {
  return {heads: ['Item', 'Why'], rows: stage.dropped.map(one => ({item: one, cells: item => [item, one.why]}))};
}

function inList(stage) {
  return {heads: [number('#'), 'Item', 'At'], rows: (stage.came || []).map((one, i) => ({item: one,
      cells: item => [i + 1, item, one.at]}))};
}

const lists = {
  out: {text: 'Left', make: outList},
  dropped: {text: 'Dropped', make: droppedList},
  in: {text: 'Came in', make: inList},
};

export function showStage(stage, titleOf, follow, followed) {
  const again = () => showStage(stage, titleOf, follow, followed);
  const named = item => ({item_id: item.item_id, title: item.title || titleOf(item.item_id)});
  const made = Object.fromEntries(Object.entries(lists).map(([name, {make}]) => [name, make(stage)]));
  if (!made[list].rows.length) list = 'out';
  const choices = Object.entries(lists).map(([name, {text}]) => {
    const node = button(`${text} (${count(made[name].rows.length)})`, () => { list = name; all = false; refocus(again, name); });
    node.id = `list-${name}`;
    node.disabled = !made[name].rows.length;
    node.setAttribute('aria-pressed', name === list);
    return node;
  });
  const body = element('div', 'wide');
  const fill = () => body.replaceChildren(...tableOf(made[list], named, follow, followed, fill));
  const filter = element('input');
  Object.assign(filter, {type: 'search', value: words, oninput: () => { words = filter.value; fill(); }});
  const label = element('label', 'row', 'Items with', filter);
  $('stage').replaceChildren(element('h4', '', stage.stage), facts(stage),
                             element('div', 'row spread', element('div', 'row lists', ...choices), label), body);
  fill();
}

function refocus(again, name) {
  again();
  $(`list-${name}`).focus();
}

function tableOf({heads, rows}, named, follow, followed, fill) {
  const wanted = words.trim().toLowerCase();
  const found = rows.filter(({item}) => `${item.item_id} ${nameOf(named(item))}`.toLowerCase().includes(wanted));
  const shown = all ? found : found.slice(0, kRows);
  const cell = item => {
    const node = button('', () => follow(item.item_id), 'plain');
    node.replaceChildren(itemLabel(named(item)));
    if (item.item_id === followed) node.classList.add('followed');
    return node;
  };
  const more = found.length > shown.length
      ? button(`Show all ${count(found.length)}`, () => { all = true; fill(); }) : null;
  return [table('Candidates', heads, shown.map(({item, cells}) => cells(cell(item)))), more].filter(Boolean);
}
