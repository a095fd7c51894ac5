// Asking the server that this page came from, and no other.

// The server's sentence says what it found and what it expected; `status` 0: it does not answer.
export class ServerError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function respond(path, options) {
  try {
    return await fetch(path, {cache: 'no-store', ...options});
  } catch {
    throw new ServerError('The server does not answer.', 0);
  }
}

// GET, or POST where there is a body; `token` for what changes something.
export async function ask(path, {method, body, token} = {}) {
  const headers = {};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await respond(path, {method: method || (body === undefined ? 'GET' : 'POST'), headers, body});
  const content = await response.json();
  if (!response.ok) throw new ServerError(content.error, response.status);
  return content;
}

export async function askText(path) {
  const response = await respond(path);
  if (!response.ok) throw new ServerError(`${path}: found status ${response.status}`, response.status);
  return response.text();
}

let known = null;

// What is served (GET /v1/served). Asked once, and again where something may have changed.
export function served({again = false} = {}) {
  if (!known || again) {
    known = ask('v1/served');
    known.catch(() => { known = null; });  // the next one tries again
  }
  return known;
}
