// Versions: what answers, and the calls that change it. The token is kept here, in memory, and
// nowhere else.
import {ask, served} from './api.js';
import {$, element, say, table, terms} from './dom.js';
import {count, since} from './format.js';

let token = '';

const created = text => text ? since(text) : 'not known';
const budget = ms => ms > 0 ? `${ms} ms` : 'none';
const code = text => element('code', '', text);

function stageTable(cascade) {
  const heads = ['Stage', 'Kind', 'Model', 'Version', 'Written', {text: 'Keeps', number: true},
                 {text: 'Time', number: true}, 'Else', 'Asked for', {text: 'Unknown items', number: true}];
  return table('Stages', heads, cascade.stages.map(stage => [
    stage.name, stage.stage, stage.kind, code(stage.version), created(stage.created), count(stage.keep),
    budget(stage.time_ms), stage.fallback + (stage.fallback_kind ? ` of ${stage.fallback_kind}` : ''),
    stage.asked, count(stage.items_unknown),
  ]));
}

function bundleTable(found) {
  const heads = ['Part', 'Model', 'Version', 'Written', {text: 'Items', number: true},
                 {text: 'Users', number: true}, 'Hash of all files'];
  const parts = ['retriever', 'ranker'].filter(part => found[part]);
  return table('Bundles', heads, parts.map(part => {
    const bundle = found[part];
    return [part, bundle.model, code(bundle.version), created(bundle.created), count(bundle.items),
            count(bundle.users), code(bundle.hash)];
  }));
}

async function showServed(again) {
  try {
    const found = await served({again});
    const facts = element('dl', 'facts', ...terms([
      ['version', code(found.version)],
      ['since', since(found.since)],
      ['cascade', found.cascade && `${found.cascade.name}: ${count(found.cascade.items)} items, of which ` +
          `${count(found.cascade.items_shut_out)} are shut out`],
      ['experiment', found.experiment?.name],
      ['takes events', found.takes.events ? 'yes' : 'no'],
      ['ONNX models', found.models.length ? found.models.join(', ') : 'none'],
    ]));
    const part = (title, tableOf) => [element('h4', '', title), tableOf];
    $('served').replaceChildren(facts, ...(found.cascade ? part('Stages', stageTable(found.cascade)) : []),
        ...(found.retriever || found.ranker ? part('Bundles that answer about users, items and lists', bundleTable(found)) : []));
    $('no-admin').hidden = found.takes.admin;
    $('admin').hidden = !found.takes.admin;
  } catch (error) {
    $('served').replaceChildren(element('p', 'message', error.message));
  }
}

function showVersions({serving, previous}, what) {
  $('swap-result').replaceChildren(element('p', '', what), element('dl', 'facts', ...terms([
    ['answers now', code(serving.version)],
    ['since', since(serving.since)],
    ['can be had back', previous ? code(previous.version) : 'nothing: no reload before'],
    ['which answered since', previous && since(previous.since)],
  ])));
}

// Without a token nothing is sent: the field says what is missing.
function hasToken() {
  token = $('token').value;
  if (token) return true;
  say($('swap-error'), 'Give the server\'s token first: what --write-token said when it was started.');
  $('token').focus();
  return false;
}

async function call(path, method, what) {
  say($('swap-error'), '');
  $('swap-result').replaceChildren();
  if (!hasToken()) return;
  try {
    showVersions(await ask(path, {method, token}), what);
    await showServed(true);
  } catch (error) {
    const wrong = error.status === 401 ? 'The token is not that of this server: ' : '';
    say($('swap-error'), wrong + error.message);
    if (error.status === 401) $('token').focus();
  }
}

// A dialog of the page's own: the browser moves the focus into it, keeps it there, and gives it
// back; Escape leaves.
function askFirst(title, text, yes, act) {
  $('confirm-title').textContent = title;
  $('confirm-text').textContent = text;
  $('confirm-yes').textContent = yes;
  $('confirm-yes').onclick = () => { $('confirm').close(); act(); };
  $('confirm').showModal();
}

export function init() {
  $('confirm-no').onclick = () => $('confirm').close();
  $('forget').onclick = () => { token = $('token').value = ''; $('token').focus(); };
  $('admin').onsubmit = event => {
    event.preventDefault();
    call('v1/admin/versions', 'GET', 'Nothing was changed.');
  };
  $('reload').onclick = () => hasToken() && askFirst('Reload models?',
      'The server reads its files anew, checks them, and answers from them. Where they cannot be served, nothing ' +
      'changes.', 'Reload', () => call('v1/admin/reload', 'POST', 'The models were read anew.'));
  $('rollback').onclick = () => hasToken() && askFirst('Roll back?',
      'What answered before the last change answers again, from the next request on.', 'Roll back',
      () => call('v1/admin/rollback', 'POST', 'What answered before answers again.'));
}

export function show() {
  showServed(true);
}
