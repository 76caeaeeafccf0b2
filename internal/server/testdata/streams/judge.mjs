// Holds a server against the clients graphql-ws and graphql-sse, one check after the other, and prints one line of JSON
// for each: its name and, where it fails, why. Arguments: the address of the server and its token.
import { createClient as createSocketClient } from 'graphql-ws';
import { createClient as createEventClient } from 'graphql-sse';
import WebSocket from 'ws';

const [base, token] = process.argv.slice(2);
const http = base + '/graphql';
const socket = http.replace(/^http/, 'ws');
const headers = { Authorization: `Bearer ${token}` };
const soon = 20_000;

const committed = 'subscription ($after: Revision) { event: revisionCommitted(after: $after) { __typename ... on LedgerEntry { revision message } ... on ResyncRequired { from newest } } }';
const whole = 'subscription { event: revisionCommitted { __typename ... on LedgerEntry { revision changes(first: 1000) { record before after } } ... on ResyncRequired { from newest } } }';

function expect(is, what) {
  if (!is) throw new Error(what);
}

function within(promise, what) {
  let timer;
  const late = new Promise((_, fail) => (timer = setTimeout(() => fail(new Error(`${what} takes too long`)), soon)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function post(query, variables) {
  const r = await fetch(http, { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify({ query, variables }) });
  const body = await r.json();
  expect(!body.errors && Object.values(body.data).every((d) => !d.errors?.length), JSON.stringify(body).slice(0, 400));
  return body.data;
}

let made = 0;
async function commit(size = 0) {
  made++;
  const items = [{ ci: { ref: `server:s${made}` } }];
  for (let i = 0; i < size; i++) items.push({ ci: { ref: `server:s${made}-${i}` }, attributes: { description: 'x'.repeat(8000) } });
  const { upsertCIs } = await post('mutation ($items: [UpsertCIItem!]!) { upsertCIs(input: {items: $items, message: "a commit"}) { revision errors { message } } }', { items });
  return Number(upsertCIs.revision);
}

const newest = async () => Number((await post('{ store { revision } }')).store.revision);

// events gives each answer of an operation in turn; done is its end.
function events(client, query, variables) {
  const waiting = [];
  const arrived = [];
  let ended;
  const give = () => {
    while (waiting.length && (arrived.length || ended)) {
      const { resolve, reject } = waiting.shift();
      if (arrived.length) resolve(arrived.shift());
      else if (ended.error) reject(ended.error);
      else resolve(undefined);
    }
  };
  const stop = client.subscribe({ query, variables }, {
    next: (answer) => (arrived.push(answer), give()),
    error: (error) => ((ended = { error }), give()),
    complete: () => ((ended = {}), give()),
  });
  const next = () => within(new Promise((resolve, reject) => (waiting.push({ resolve, reject }), give())), 'the next event');
  return { next, stop };
}

async function revisions(stream, from, to) {
  for (let want = from; want <= to; want++) {
    const answer = await stream.next();
    expect(Number(answer?.data?.event?.revision) === want, `revision ${want} was expected, ${JSON.stringify(answer)} came`);
  }
}

const socketClient = (more = {}) => createSocketClient({ url: socket, webSocketImpl: WebSocket, connectionParams: headers, retryAttempts: 0, lazyCloseTimeout: 0, ...more });
const eventClient = (more = {}) => createEventClient({ url: http, headers, retryAttempts: 0, ...more });

// closed says with which code a connection ends that sends these messages.
function closed(messages, protocol = 'graphql-transport-ws', options = { headers }) {
  const ws = new WebSocket(socket, protocol, options);
  ws.on('open', () => messages.forEach((m) => ws.send(typeof m === 'string' || Buffer.isBuffer(m) ? m : JSON.stringify(m))));
  return within(new Promise((resolve, reject) => (ws.on('close', (code) => resolve(code)), ws.on('error', reject))), 'the close');
}

const init = { type: 'connection_init' };
const subscribe = (id) => ({ id, type: 'subscribe', payload: { query: committed } });

// opened is a connection that was let in.
function opened() {
  const ws = new WebSocket(socket, 'graphql-transport-ws', { headers });
  ws.on('open', () => ws.send(JSON.stringify(init)));
  return within(new Promise((resolve, reject) => {
    ws.on('message', (m) => JSON.parse(m).type === 'connection_ack' && resolve(ws));
    ws.on('close', (code) => reject(code));
  }), 'connection_ack');
}

const checks = {};

for (const [name, client] of Object.entries({ 'graphql-ws': socketClient, 'graphql-sse': eventClient })) {
  checks[`${name}: a subscription receives each commit`] = async () => {
    const c = client();
    const stream = events(c, committed, { after: String(await newest()) });
    for (let i = 0; i < 3; i++) {
      const at = await commit();
      await revisions(stream, at, at);
    }
    stream.stop();
    c.dispose();
  };

  checks[`${name}: after a broken connection it goes on without gap or repeat`] = async () => {
    const from = await newest();
    for (let i = 0; i < 5; i++) await commit();
    const first = client();
    const stream = events(first, committed, { after: String(from) });
    await revisions(stream, from + 1, from + 3);
    first.dispose();
    for (let i = 0; i < 5; i++) await commit();
    const second = client();
    await revisions(events(second, committed, { after: String(from + 3) }), from + 4, from + 10);
    second.dispose();
  };

  checks[`${name}: ciChanged tells what the filter takes`] = async () => {
    const c = client();
    const stream = events(c, 'subscription ($after: Revision) { event: ciChanged(after: $after, filter: {name: {startsWith: "wanted"}}) { ... on LedgerEntry { revision changes { subject } } } }', { after: String(await newest()) });
    await commit();
    await post('mutation { upsertCIs(input: {items: [{ci: {ref: "server:wanted-' + name + '"}}]}) { errors { message } } }');
    const answer = await stream.next();
    expect(answer?.data?.event?.changes?.[0]?.subject === `server:wanted-${name}`, JSON.stringify(answer));
    c.dispose();
  };

  checks[`${name}: changeEvents tells what becomes of a change, and serviceMargin how it leaves a service`] = async () => {
    const ci = `business_service:${name}`;
    await post(`mutation { a: upsertCIs(input: {items: [{ci: {ref: "${ci}"}}, {ci: {ref: "server:${name}-a"}}, {ci: {ref: "server:${name}-b"}}]}) { errors { message } }
      b: upsertRequirements(input: {items: [{of: {ref: "${ci}"}, name: "servers", rule: ANY}]}) { errors { message } }
      c: upsertRelations(input: {items: [{from: {ref: "${ci}"}, type: "RUNS_ON", to: {ref: "server:${name}-a"}, requirement: "servers"}, {from: {ref: "${ci}"}, type: "RUNS_ON", to: {ref: "server:${name}-b"}, requirement: "servers"}]}) { errors { message } } }`);
    const c = client();
    const changes = events(c, 'subscription ($after: Revision) { event: changeEvents(after: $after) { ... on ChangeEvent { kinds from to change { number state } } } }', { after: String(await newest()) });
    const window = 'from: "2030-01-01T00:00:00Z", until: "2030-01-02T00:00:00Z"';
    const margin = events(c, `subscription { event: serviceMargin(service: {ref: "${ci}"}, ${window}) { intervals { slack because } } }`);
    const slack = async () => (await margin.next())?.data?.event?.intervals?.map((i) => i.slack).join();
    const whole = await slack();
    expect(whole === '1', `at first the slack is ${whole}`);
    const { createChange: made } = await post(`mutation { createChange(input: {title: "reboot", type: EMERGENCY, affects: [{ci: {ref: "server:${name}-a"}}], plannedStart: "2030-01-01T06:00:00Z", plannedEnd: "2030-01-01T07:00:00Z"}) { change { number } errors { message } } }`);
    const first = (await changes.next())?.data?.event;
    expect(first?.kinds.join() === 'CREATED' && first.change.number === made.change.number, JSON.stringify(first));
    await post(`mutation { submitChange(input: {change: "${made.change.number}"}) { errors { message } } }`);
    const second = (await changes.next())?.data?.event;
    expect(second?.kinds.join() === 'STATE' && second.from === 'NEW' && second.to === 'AUTHORIZE', JSON.stringify(second));
    await post(`mutation { reportOutage(input: {ci: {ref: "server:${name}-b"}, from: "2030-01-01T12:00:00Z", until: "2030-01-01T13:00:00Z"}) { errors { message } } }`);
    const less = await slack();
    expect(less === '1,0,1', `with an outage the slack is ${less}`);
    changes.stop();
    margin.stop();
    c.dispose();
  };

  checks[`${name}: a query and a mutation have one answer`] = async () => {
    const c = client();
    for (const query of ['{ store { kind } }', 'mutation { upsertCIs(input: {items: []}) { revision } }']) {
      const stream = events(c, query);
      expect((await stream.next())?.data, 'no data came');
      expect((await stream.next()) === undefined, 'the answer was not the end');
    }
    c.dispose();
  };

  checks[`${name}: a document that is refused is an error`] = async () => {
    const c = client();
    let failure;
    await events(c, 'subscription { nothing }').next().catch((error) => (failure = error));
    expect(failure, 'no error came');
    c.dispose();
  };

  checks[`${name}: a wrong token is refused`] = async () => {
    const wrong = { Authorization: 'Bearer wrong' };
    const c = client({ connectionParams: wrong, headers: wrong });
    let failure;
    await events(c, committed).next().catch((error) => (failure = error));
    expect(failure?.code === 4403 || failure?.response?.status === 401, `it failed with ${failure?.code ?? failure?.response?.status ?? failure}`);
    c.dispose();
  };
}

checks['graphql-ws: a slow reader is told to resync, and resumes'] = async () => {
  let ws;
  const c = socketClient({ on: { opened: (opened) => (ws = opened) } });
  const stream = events(c, whole);
  await new Promise((resolve) => setTimeout(resolve, 300)); // a subscription is not acknowledged
  let at = await commit();
  await revisions(stream, at, at);
  ws.pause();
  for (let i = 0; i < 10; i++) await commit(100);
  for (let i = 0; i < 300; i++) await commit();
  ws.resume();
  let answer;
  while ((answer = await stream.next()) && answer.data.event.__typename === 'LedgerEntry') {
    expect(Number(answer.data.event.revision) === ++at, `revision ${at} was expected, ${answer.data.event.revision} came`);
  }
  const last = answer?.data?.event;
  expect(last?.__typename === 'ResyncRequired' && Number(last.from) === at, `after ${at} came ${JSON.stringify(answer)}`);
  expect((await stream.next()) === undefined, 'the stream did not end');
  await revisions(events(c, committed, { after: last.from }), at + 1, await newest());
  c.dispose();
};

checks['graphql-ws: 8 connections, 16 subscriptions each'] = async () => {
  const open = [];
  for (let i = 0; i < 8; i++) open.push(await opened());
  const refused = await opened().catch((code) => code);
  expect(refused === 1013, `the ninth connection has ${refused}`);
  const [ws] = open;
  const error = within(new Promise((resolve) => ws.on('message', (m) => JSON.parse(m).type === 'error' && resolve(JSON.parse(m)))), 'the refusal');
  for (let i = 0; i < 17; i++) ws.send(JSON.stringify(subscribe(`op${i}`)));
  const { id, payload } = await error;
  expect(id === 'op16' && payload[0].extensions.code === 'LIMIT_EXCEEDED', JSON.stringify(payload));
  const next = within(new Promise((resolve) => ws.on('message', (m) => JSON.parse(m).id === 'op17' && resolve(JSON.parse(m)))), 'the next');
  ws.send(JSON.stringify({ id: 'op0', type: 'complete' })); // which makes room
  ws.send(JSON.stringify(subscribe('op17')));
  await new Promise((resolve) => setTimeout(resolve, 300));
  await commit();
  expect((await next).type === 'next', 'a place that was given back is not free');
  for (const ws of open) ws.terminate();
};

const codes = {
  'nothing is said for 3 s': [4408, []],
  'subscribe before connection_init': [4401, [subscribe('a')]],
  'connection_init twice': [4429, [init, init]],
  'one id twice': [4409, [init, subscribe('a'), subscribe('a')]],
  'no JSON': [4400, [init, '{']],
  'an unknown type': [4400, [init, { type: 'start' }]],
  'no type': [4400, [init, {}]],
  'no id': [4400, [init, { type: 'subscribe', payload: { query: committed } }]],
  'no query': [4400, [init, { id: 'a', type: 'subscribe', payload: {} }]],
  'bytes instead of text': [4400, [Buffer.from('{}')]],
  'more than 64 KiB': [1009, [init, ' '.repeat(70_000)]],
};
for (const [what, [code, messages]] of Object.entries(codes)) {
  checks[`WebSocket: ${what} is closed with ${code}`] = async () => {
    const is = await closed(messages);
    expect(is === code, `it was closed with ${is}`);
  };
}

checks['WebSocket: another protocol is closed with 4406'] = async () => {
  const is = await closed([], 'graphql-ws').catch((error) => error.message);
  expect(is === 4406 || /no subprotocol/.test(is), `it was closed with ${is}`);
};

checks['WebSocket: a wrong token in the header is refused before'] = async () => {
  const is = await closed([], 'graphql-transport-ws', { headers: { Authorization: 'Bearer wrong' } }).catch((error) => error.message);
  expect(/401/.test(is), `${is}`);
};

checks['WebSocket: a page of another site is refused before'] = async () => {
  const is = await closed([], 'graphql-transport-ws', { headers: { ...headers, Origin: 'https://evil.example' } }).catch((error) => error.message);
  expect(/403/.test(is), `${is}`);
};

checks['WebSocket: ping has a pong'] = async () => {
  const ws = await opened();
  const pong = within(new Promise((resolve) => ws.on('message', (m) => resolve(JSON.parse(m)))), 'pong');
  ws.send(JSON.stringify({ type: 'ping' }));
  expect((await pong).type === 'pong', 'something else came');
  ws.terminate();
};

for (const [name, check] of Object.entries(checks)) {
  let reason = '';
  try {
    await within(check(), 'the check');
  } catch (error) {
    reason = String(error?.message ?? error);
  }
  console.log(JSON.stringify({ name, reason }));
}
process.exit(0);
