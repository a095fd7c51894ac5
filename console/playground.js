// The playground: a request is put together, sent, and its answer drawn. A cascade is asked through
// /v1/explain, which counts for nobody as a page that was shown.
import {clearAnswer, showAnswer} from './answer.js';
import {ask, served} from './api.js';
import {hideCascade, showCascade} from './cascade.js';
import {$, say} from './dom.js';
import * as history from './history.js';

let number = 0;     // a slow answer must not overwrite a newer one
let lastItems = []; // ids of the last answer
let models = {};    // what is served

const chosen = name => document.querySelector(`input[name=${name}]:checked`).value;
const choose = (name, value) => { document.querySelector(`input[name=${name}][value=${value}]`).checked = true; };
const ids = text => text.split(/[\s,]+/).filter(Boolean);

// What the request cannot have is not there to be filled in.
function showFields() {
  const kind = chosen('kind'), who = chosen('who');
  for (const node of document.querySelectorAll('#ask [data-kinds]')) {
    const needs = node.dataset.needs;
    node.hidden = !node.dataset.kinds.split(' ').includes(kind) || needs && !models[needs];
  }
  $('history-part').hidden = who === 'user';
  $('load').hidden = who === 'user' || !models.retriever;
  $('user-note').hidden = who !== 'user' || kind === 'rank' || Boolean(models.cascade) || !models.takes?.events;
}

function wholeNumber(text, what) {
  if (/^-?\d+$/.test(text.trim())) return Number(text);
  throw new Error(`${what}: found '${text}', expected a whole number`);
}

function addWho(request) {
  const user = $('user').value.trim();
  if (chosen('who') === 'history') request.history = history.forRequest();
  else if (user) request.user_id = user;
  else throw new Error('User id: found nothing, expected the id of a user');
}

function addFilters(request) {
  request.exclude_seen = !$('seen').checked;
  if ($('exclude').value.trim()) request.exclude = ids($('exclude').value);
  if ($('allow').value.trim()) request.allow = ids($('allow').value);
}

function parseContext(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`Context: ${error.message}`);
  }
}

function rankRequest(request) {
  request.candidates = ids($('candidates').value);
  if (!request.candidates.length) throw new Error('Candidates: found nothing, expected ids, one a line');
  if ($('query').value.trim()) request.query = $('query').value;
  if ($('context').value.trim()) request.context = parseContext($('context').value);
  request.heads = true;
  return ['v1/rank', request];
}

// Path and body. Throws Error where a field cannot be sent.
function makeRequest() {
  const kind = chosen('kind');
  const request = {k: wholeNumber($('k').value, 'Items')};
  addWho(request);
  if ($('now').value.trim()) request.now = wholeNumber($('now').value, 'Time');
  if (kind === 'rank') return rankRequest(request);
  addFilters(request);
  if (kind === 'search') {
    if (!$('query').value.trim()) throw new Error('Query: found nothing, expected what is searched for');
    request.query = $('query').value;
  }
  request.explain = request.k <= 100;
  if (!models.cascade) return ['v1/recommend', request];
  if ($('follow').value.trim()) request.item_id = $('follow').value.trim();
  return ['v1/explain', request];
}

function showRequest(path, body) {
  $('request-text').textContent =
      `curl ${new URL(path, document.baseURI)} -d '${body.replaceAll('\'', '\'\\\'\'')}'`;
}

function fail(error) {
  clearAnswer();
  hideCascade();
  say($('message'), error.message);
}

async function send() {
  const mine = ++number;
  say($('message'), '');
  saveAddress();
  try {
    const [path, request] = makeRequest();
    const body = JSON.stringify(request);
    showRequest(path, body);
    const began = performance.now();
    const answer = await ask(path, {body});
    if (mine !== number) return;
    lastItems = answer.items.map(item => item.item_id);
    showAnswer(answer, performance.now() - began);
    if (answer.stages) showCascade(answer, models.cascade);
    else hideCascade();
  } catch (error) {
    if (mine === number) fail(error);
  }
}

async function loadUser() {
  const user = $('user').value.trim();
  if (!user) return fail(new Error('User id: found nothing, expected the id of a user'));
  try {
    const found = await ask(`v1/users/${encodeURIComponent(user)}`);
    history.set(found.history.map(({item_id, title, timestamp}) => ({item_id, title, timestamp})));
  } catch (error) {
    fail(error);
  }
}

// ---- the address, so that a request can be sent to somebody

function saveAddress() {
  if ($('page-playground').hidden) return;
  const fields = [`kind=${chosen('kind')}`];
  if (chosen('who') === 'user') fields.push(`user=${encodeURIComponent($('user').value.trim())}`);
  else if (history.toAddress()) fields.push(history.toAddress());
  if ($('query').value.trim()) fields.push(`q=${encodeURIComponent($('query').value)}`);
  if ($('follow').value.trim()) fields.push(`item=${encodeURIComponent($('follow').value.trim())}`);
  fields.push(`k=${encodeURIComponent($('k').value)}`);
  window.history.replaceState(null, '', `#/playground?${fields.join('&')}`);
}

async function loadAddress(text) {
  const fields = new Map(text.split('&').filter(Boolean).map(part => part.split('=')));
  const fill = (id, name) => { if (fields.has(name)) $(id).value = decodeURIComponent(fields.get(name)); };
  if (['recommend', 'search', 'rank'].includes(fields.get('kind'))) choose('kind', fields.get('kind'));
  if (fields.has('user')) choose('who', 'user');
  fill('user', 'user');
  fill('query', 'q');
  fill('follow', 'item');
  fill('k', 'k');
  await history.fromAddress(fields);
}

// Kinds of requests that nothing served here answers cannot be chosen.
function offerKinds() {
  const can = {recommend: models.retriever, search: models.cascade, rank: models.ranker};
  for (const input of document.querySelectorAll('input[name=kind]')) input.disabled = !can[input.value];
  const first = Object.keys(can).find(kind => can[kind]);
  if (!can[chosen('kind')] && first) choose('kind', first);
}

// Known anew whenever the page is shown: a reload may have changed it.
async function learnModels() {
  try {
    models = await served();
    offerKinds();
  } catch (error) {
    fail(error);
  }
  showFields();
}

let begun = false;

export function init() {
  $('ask').onsubmit = event => { event.preventDefault(); send(); };
  $('load').onclick = loadUser;
  $('take').onclick = () => { $('candidates').value = lastItems.join('\n'); };
  $('seen').onchange = send;
  for (const input of document.querySelectorAll('input[name=kind], input[name=who]')) input.onchange = showFields;
  history.init(() => { if (chosen('kind') === 'recommend') send(); else saveAddress(); });
}

export async function show(address) {
  await learnModels();
  if (begun) return saveAddress();
  begun = true;
  await loadAddress(address);
  showFields();
  const ready = chosen('kind') === 'recommend' ? models.retriever : $('query').value.trim();
  if (ready && (chosen('who') === 'history' || $('user').value.trim())) send();
}
