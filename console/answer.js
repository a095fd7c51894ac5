// The answer of the playground as a table: what is recommended, from where, and which events of the
// history brought it.
import {$, button, element, itemLabel, nameOf, table} from './dom.js';
import {score, seconds} from './format.js';
import {add, colour, dot, list} from './history.js';

// The bar is as long as the score, and cut in the parts that the events brought.
function bar(item, reasons, best) {
  const node = element('div', 'bar');
  const total = reasons.reduce((sum, reason) => sum + reason.share, 0);
  const parts = reasons.length ? reasons : [{share: 1, position: -1}];
  for (const part of parts) {
    const piece = element('span');
    piece.style.width = `${100 * item.score / best * part.share / (total || 1)}%`;
    if (part.position >= 0) {
      piece.style.background = colour(part.position);
      piece.dataset.position = part.position;
      piece.title = nameOf(part);
    }
    node.append(piece);
  }
  return node;
}

function because(reasons) {
  const total = reasons.reduce((sum, reason) => sum + reason.share, 0);
  const node = element('div', 'because');
  for (const reason of reasons.slice(0, 4)) {
    const percent = `${(100 * reason.share / total).toFixed(0)}%`;
    const part = element('span', '', dot(reason.position), `${nameOf(reason)} ${percent}`);
    part.dataset.position = reason.position;
    node.append(part);
  }
  if (reasons.length > 4) node.append(element('span', '', `and ${reasons.length - 4} more`));
  return node;
}

// Events of a user who was asked for by id are not in the list on the page, which has the colours.
function itemCell(item, best) {
  const positions = list().length;
  const reasons = (item.because || []).filter(reason => reason.share > 0 && reason.position < positions);
  return element('div', '', itemLabel(item), item.score > 0 ? bar(item, reasons, best) : null,
                 reasons.length ? because(reasons) : null);
}

function addButton(item) {
  const node = button('add', () => add(item), 'plain');
  node.setAttribute('aria-label', `Add ${nameOf(item)} to the history`);
  return node;
}

const sources = item => item.sources.map(source => `${source.retriever} ${source.rank}`).join(', ');
const heads = item => Object.entries(item.heads).map(([head, value]) => `${head} ${score(value)}`).join(', ');

function columns(items) {
  const has = name => items.some(item => item[name] !== undefined);
  return [
    {head: {text: '#', number: true}, cell: (_, i) => i + 1},
    {head: 'Item', cell: (item, i, best) => itemCell(item, best)},
    {head: {text: 'Score', number: true}, cell: item => score(item.score)},
    has('heads') && {head: 'Heads', cell: heads},
    has('position') && {head: {text: 'Was', number: true}, cell: item => item.position + 1},
    has('sources') && {head: 'Found by, at', cell: sources},
    has('placed') && {head: 'Place', cell: item => item.placed},
    {head: '', cell: addButton},
  ].filter(Boolean);
}

function unknown(answer) {
  const parts = [['unknown_items', 'items'], ['unknown_candidates', 'candidates'], ['unknown_actions', 'actions']];
  return parts.filter(([field]) => answer[field]?.length).map(([field, what]) =>
      `${what} that the model does not know: ${answer[field].join(', ')}`);
}

function facts(answer, milliseconds) {
  const arms = Object.entries(answer.experiment?.arms || {}).map(([layer, arm]) => `${layer}: ${arm}`);
  return [
    `${answer.items.length} items in ${seconds(milliseconds / 1000)}`,
    `${answer.model} ${answer.version}`,
    answer.history_length === undefined ? '' : `a history of ${answer.history_length}`,
    answer.known_user === false ? 'the user is not known' : '',
    ...arms, ...unknown(answer),
  ].filter(Boolean).join(' · ');
}

export function showAnswer(answer, milliseconds) {
  $('timing').textContent = facts(answer, milliseconds);
  $('degraded').replaceChildren(...(answer.degraded || []).map(one =>
      element('li', 'warning', `${one.stage}: ${one.why}; ${one.fallback} stood in`)));
  const focused = document.activeElement.closest?.('#answer tr')?.rowIndex;
  const best = Math.max(...answer.items.map(item => item.score), 1e-12);
  const shown = columns(answer.items);
  $('answer').replaceChildren(answer.items.length
      ? table('Items, best first', shown.map(column => column.head),
              answer.items.map((item, i) => shown.map(column => column.cell(item, i, best))))
      : element('p', 'quiet', 'No item.'));
  if (focused) $('answer').querySelector(`tr:nth-child(${focused}) button`)?.focus();
}

export function clearAnswer() {
  $('timing').textContent = '';
  $('degraded').replaceChildren();
  $('answer').replaceChildren();
}
