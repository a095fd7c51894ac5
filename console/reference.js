// API: every path of the server as its openapi.json tells it, which the page reads and nothing else.
import {ask} from './api.js';
import {$, element, say, table, withCode} from './dom.js';

let document_ = null;  // openapi.json
let asked = false;

// What a {"$ref": "#/a/b"} stands for, and its last name.
function resolve(node) {
  if (!node?.$ref) return {node, name: ''};
  const path = node.$ref.slice(2).split('/');
  return {node: path.reduce((at, key) => at[key], document_), name: path.at(-1)};
}

const alternatives = schema => schema.oneOf || schema.anyOf || [];

// "array of Item", "integer, 1 to 1000", "string or null"
function typeOf(unresolved) {
  const {node: schema, name} = resolve(unresolved);
  if (schema.type === 'array') return `array of ${typeOf(schema.items || {})}`;
  if (schema.enum) return schema.enum.map(one => JSON.stringify(one)).join(', ');
  if (!schema.type && alternatives(schema).length) return alternatives(schema).map(typeOf).join(' or ');
  let text = [schema.type || 'anything'].flat().join(' or ');
  if (schema.type === 'object' && name) text = name;
  const {minimum, maximum} = schema;
  if (minimum !== undefined) text += maximum === undefined ? `, at least ${minimum}` : `, ${minimum} to ${maximum}`;
  return text;
}

// The objects that a field holds, itself, in an array or as an alternative: name -> schema.
function objectsIn(unresolved, found = {}) {
  const {node: schema, name} = resolve(unresolved);
  if (schema.properties) found[name || 'each'] = schema;
  else if (schema.type === 'array') objectsIn(schema.items || {}, found);
  else for (const one of alternatives(schema)) objectsIn(one, found);
  return found;
}

// What opens is made when it is opened: types hold types.
function folded(summary, make) {
  const node = element('details', '', element('summary', '', ...summary));
  node.addEventListener('toggle', () => {
    if (node.open && node.childElementCount === 1) node.append(...make());
  });
  return node;
}

function notes(schema, field, required) {
  const words = [required.includes(field) ? element('b', '', 'needed. ') : null,
                 ...withCode(resolve(schema).node.description || schema.description || '')];
  const {default: standard} = resolve(schema).node;
  if (standard !== undefined) words.push(` Default: ${JSON.stringify(standard)}.`);
  return element('span', '', ...words.filter(word => word !== null));
}

function fields(title, schema) {
  const required = schema.required || [];
  const rows = Object.entries(schema.properties || {}).map(([field, one]) => [
    element('code', '', field), typeOf(one),
    element('span', '', notes(one, field, required), ...Object.entries(objectsIn(one)).map(
        ([name, inner]) => folded([`fields of ${name}`], () => [fields(name, inner)]))),
  ]);
  return rows.length ? table(title, ['Field', 'Type', 'What'], rows) : element('p', 'quiet', typeOf(schema));
}

// The schema of a body, whatever its media type.
const bodySchema = holder => Object.values(holder?.content || {})[0]?.schema;

function bodyPart(title, unresolved) {
  const {node: schema} = resolve(unresolved);
  const objects = Object.entries(objectsIn(schema));
  const parts = objects.length ? objects.map(([name, one]) => fields(name, one)) : [element('p', 'quiet', typeOf(schema))];
  return [element('h4', '', title), ...parts];
}

// A line for a shell; 'it''s' is how one quotes there.
function command(path, method, operation) {
  const words = ['curl'];
  if (!['get', 'post'].includes(method)) words.push('-X', method.toUpperCase());
  if (operation.security) words.push("-H 'Authorization: Bearer TOKEN'");
  words.push(`'${new URL(path.slice(1), location.href.split('#')[0]).href.replace(/%7B/g, '{').replace(/%7D/g, '}')}'`);
  const example = resolve(bodySchema(operation.requestBody)).node?.examples?.[0];
  if (example !== undefined) words.push(`-d '${JSON.stringify(example).replaceAll("'", "'\\''")}'`);
  return words.join(' ');
}

function parameterTable(operation) {
  if (!operation.parameters?.length) return [];
  return [element('h4', '', 'Parameters'), table('Parameters', ['Name', 'In', 'Type', 'What'], operation.parameters.map(one => {
    const {node} = resolve(one);
    return [element('code', '', node.name), node.in, typeOf(node.schema), notes({...node.schema, description: node.description}, node.name, node.required ? [node.name] : [])];
  }))];
}

function responseTable(operation) {
  return [element('h4', '', 'Answers'), table('Answers', ['Status', 'What'], Object.entries(operation.responses).map(([status, one]) => {
    const {node} = resolve(one);
    const schema = bodySchema(node);
    const content = schema && status < 300 ? folded(['what it holds'], () => bodyPart('', schema).slice(1)) : null;
    return [status, element('span', '', ...withCode(node.description || ''), ...(content ? [content] : []))];
  }))];
}

function describe(path, method, operation) {
  const schema = bodySchema(operation.requestBody);
  return [
    operation.description ? element('p', '', ...withCode(operation.description)) : null,
    operation.security ? element('p', 'quiet', 'Takes the token of the server, where it has one.') : null,
    ...parameterTable(operation), ...(schema ? bodyPart('Body', schema) : []),
    element('h4', '', 'From a shell'), element('pre', '', command(path, method, operation)),
    ...responseTable(operation),
  ].filter(node => node !== null);
}

function show(wanted) {
  const words = wanted.toLowerCase().split(/\s+/);
  const calls = Object.entries(document_.paths).flatMap(([path, methods]) => Object.entries(methods).map(
      ([method, operation]) => ({path, method, operation})));
  const shown = calls.filter(({path, method, operation}) => {
    const text = `${method} ${path} ${operation.summary}`.toLowerCase();
    return words.every(word => text.includes(word));
  });
  say($('api-note'), shown.length ? '' : 'No path says that.');
  $('calls').replaceChildren(...shown.map(({path, method, operation}) => element('li', 'card call', folded(
      [element('span', 'badge method', method.toUpperCase()), element('code', '', path), ' ', operation.summary],
      () => describe(path, method, operation)))));
}

async function load() {
  if (asked) return;
  asked = true;
  try {
    document_ = await ask('openapi.json');
    $('api-about').textContent = document_.info.description;
    show($('api-find').value);
  } catch (error) {
    asked = false;
    say($('api-note'), error.message);
  }
}

export function init() {
  $('api-find').addEventListener('input', event => document_ && show(event.target.value));
}

export {load as show};
