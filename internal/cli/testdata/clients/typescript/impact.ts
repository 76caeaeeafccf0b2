import { graphql } from './gql/index.js';
import type { TypedDocumentString } from './gql/graphql.js';

const [url = 'http://127.0.0.1:8080', ref = 'cluster:DO-NYC1'] = process.argv.slice(2);
const token = process.env['FAULTLINE_TOKEN'];

// ask sends one operation; what stops it is thrown with its code.
async function ask<Answer, Variables>(operation: TypedDocumentString<Answer, Variables>, variables: Variables): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query: operation, variables }),
  });
  const { data, errors = [] } = (await response.json()) as { data?: Answer; errors?: { message: string; extensions: { code: string } }[] };
  for (const { extensions, message } of errors) throw new Error(`${extensions.code}: ${message}`);
  return data!;
}

const Impact = graphql(`
  query Impact($scenario: ScenarioInput!) {
    impact(scenario: $scenario) {
      revision
      summary
      services { nodes { to because } }
    }
  }
`);

const { impact } = await ask(Impact, { scenario: { effects: [{ ci: { ref }, kind: 'OUTAGE' }] } });
console.log(`At revision ${impact.revision}: ${impact.summary}`);
for (const { to, because } of impact.services.nodes) {
  console.log(`${to === 'DOWN' ? '✖' : '▲'} ${because}`);
}
