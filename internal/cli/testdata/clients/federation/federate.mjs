// Composes the schema in the file given with that of a service desk, plans a question
// that crosses both, and carries out Faultline's part of the plan at the address given.
// Prints one JSON value: what composition and planning said, and what was answered.
import { readFileSync } from 'node:fs';
import { composeServices } from '@apollo/composition';
import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import { parse } from 'graphql';

const [sdl, desk, url, ref] = process.argv.slice(2);
const read = (name, url, file) => ({ name, url, typeDefs: parse(readFileSync(file, 'utf8')) });

async function ask(query, variables) {
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return answer.json();
}

function faultlineFetch(node) {
  if (node.kind === 'Fetch' && node.serviceName === 'faultline') return node;
  for (const below of node.nodes ?? (node.node ? [node.node] : [])) {
    const found = faultlineFetch(below);
    if (found) return found;
  }
  return undefined;
}

const composed = composeServices([read('faultline', url, sdl), read('desk', 'http://desk.invalid', desk)]);
const out = {
  errors: (composed.errors ?? []).map((e) => e.message),
  hints: (composed.hints ?? []).map((h) => h.message),
};
if (composed.supergraphSdl) {
  const supergraph = Supergraph.build(composed.supergraphSdl);
  const question = parse('{ tickets(first: 1) { nodes { number about { ref lifecycle tickets { number } } } } }');
  const plan = new QueryPlanner(supergraph).buildQueryPlan(operationFromDocument(supergraph.apiSchema(), question));
  const part = faultlineFetch(plan.node);
  const ci = (await ask('query($ref: String!) { ci(ref: {ref: $ref}) { id } }', { ref })).data.ci;
  out.operation = part.operation;
  out.answer = await ask(part.operation, { representations: [{ __typename: 'ConfigurationItem', id: ci.id }] });
}
console.log(JSON.stringify(out));
